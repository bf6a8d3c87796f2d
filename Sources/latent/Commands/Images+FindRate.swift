import ArgumentParser
import Foundation
import ImageData
import ImageModels
import ImageTraining
import Learning
import ModelRegistry

extension ImagesCommand {
  /// `latent images find-rate`
  struct FindRate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Look for a learning rate: train on a few batches while the rate rises.",
      discussion: """
        Trains for up to 100 batches with rates from 1e-7 to 10, keeps nothing, and suggests four rates from the \
        loss curve: valley (within the longest descent) is a good first choice for `latent images train \
        --learning-rate`. Takes the options that affect a batch; give the same ones as for the training.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var learning: ImageLearningOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Search for the head's rate, with the rest of the network frozen.")
    var frozen = false

    @OptionGroup var search: RateSearchOptions

    func validate() throws {
      guard learning.input.size?.sizes.count ?? 1 == 1 else {
        throw ValidationError("--size takes one size here: that of the training's first images.")
      }
    }

    func run() throws {
      try search.check()
      let display = TrainingDisplay(isQuiet: search.quiet)
      let read = try ReadImages(source, learning, display: display)
      let options = try learning.options(for: read, notice: display.warn).suited(to: read.data)
      display.say("looking for a learning rate for \(options.backbone.rawValue)")
      let trainer = try ImageTrainer(
        read.data, options, weights: try learning.weights.map { try SafetensorsFile($0) })
      if frozen { try trainer.freeze() }
      let curve = try trainer.findLearningRate()
      try search.show(curve, of: options.backbone.rawValue, as: output.format)
    }
  }
}
