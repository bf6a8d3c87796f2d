import Interactions
import Recommenders
import TensorCore
import Trainers

/// A baseline, trained and then opened from the bytes of its file.
struct FittedBaseline {
  let name: String
  let model: any ScoredModel
  let fitSeconds: Double

  /// Trains all baselines except those of the given kinds on the training part of `ratings`.
  static func all(
    except kinds: [String] = [], on ratings: SplitRatings, _ summary: DataSummary, seed: UInt64,
    threadCount: Int
  ) throws -> [FittedBaseline] {
    try TrainerRegistry.baselines.filter { !kinds.contains($0.name) }.map { trainer in
      let baseline = try Candidate(
        of: trainer.init(reading: [:]),
        on: TrainingData(training: ratings.training, summary: summary),
        in: TrainingContext(seed: seed, compute: ComputeContext(threadCount: threadCount)))
      return FittedBaseline(
        name: trainer.name, model: try baseline.fitted.opened(kind: trainer.name, on: ratings),
        fitSeconds: baseline.fitSeconds)
    }
  }
}
