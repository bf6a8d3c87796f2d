import ArgumentParser
import Errors
import Foundation
import Jobs
import Learning
import Ratings
import Trainers

/// `latent find-rate`: searches for a learning rate.
struct FindRate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look for a learning rate: train on a few batches while the rate rises.",
    discussion: """
      Trains for up to 100 batches with rates from 1e-7 to 10, keeps nothing, and suggests four rates \
      from the loss curve: steepest (where it falls fastest), minimum (a tenth of the rate with the \
      lowest loss), valley (within the longest descent) and slide (where the slope settles, seen from the \
      right). They are starting points. The factors of dot-bias start near zero, so that 100 \
      batches show little except rates that are too high: a tenth of valley is a good first choice for `latent \
      train --learning-rate`; for embedding-mlp it is valley itself, or slide.

      Takes the options of `latent train` that affect a batch; give the same ones as for the training.
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
    display.say("looking for a learning rate for \(kind)")
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
