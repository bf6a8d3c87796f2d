import ArgumentParser
import Errors
import Foundation
import Jobs
import Learning
import Ratings
import Trainers

/// Looks for the learning rate to train with.
struct FindRate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look for a learning rate: train on a few batches while the rate rises.",
    discussion: """
      Trains for up to 100 batches with rates from 1e-7 to 10, keeps nothing, and suggests four rates \
      by the loss's curve: steepest (where it falls fastest), minimum (a tenth of the rate with the \
      lowest loss), valley (within the longest fall) and slide (where the slope settles, seen from the \
      right). They are where to look from. The factors of dot-bias start near nothing, so that 100 \
      batches show little but too high a rate: a tenth of valley is a good first choice for `latent \
      train --learning-rate`; for embedding-mlp it is valley itself, or slide.

      Takes the options of `latent train` that a batch goes by, which should be those of the training to \
      come.
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var training: TrainingOptions<RateSearch>
  @OptionGroup var output: OutputOptions

  @OptionGroup var ratings: RatingsSourceOptions

  @OptionGroup var search: RateSearchOptions

  func run() throws {
    try search.check()
    let request = try training.request()
    guard case .named(let named, _, _) = request.models,
      let trainer = named as? any GradientTrainer
    else {
      preconditionFailure("a trainer without a learning rate")
    }
    let display = TrainingDisplay(isQuiet: search.quiet)
    let kind = type(of: trainer).name
    display.say("looking for a learning rate of \(kind)")
    let curve: LRCurve
    do {
      curve = try request.findLearningRate(
        of: trainer, on: store.open(), from: ratings.source, report: { display.show($0) })
    } catch let error as JobError {
      throw error.words
    } catch let error as TrainingError where error.code == .badOption {
      throw error.namingTheOption
    }
    try search.show(curve, of: kind, as: output.format)
  }
}
