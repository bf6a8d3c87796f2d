import Interactions
package import Learning
package import Ratings
import TensorCore
package import Trainers

extension TrainingRequest {
  /// Trains on a few batches with an increasing learning rate, and keeps nothing: see
  /// ``Trainers/GradientTrainer/findLearningRate(on:in:)``. Uses the ratings that a training would use.
  ///
  /// Throws what the store and the trainer throw, and ``JobError`` `outOfMemory`, `emptyStore` or
  /// `emptyQuery`.
  package func findLearningRate(
    of trainer: any GradientTrainer, on store: any RatingsStore, from source: RatingsSource,
    report: (JobEvent) -> Void
  ) throws -> LRCurve {
    let split = try parsedSplit()
    var read = try ReadRatings(
      store, from: source, keepingTimes: split.needsTimes, transform: transform, report: report)
    for warning in try trainer.warnings(for: read.summary) { report(.warning(.option(warning))) }
    let table = read.takeTable()
    try MemoryLimit.ofThisProcess().check(
      trainer.memoryDemand(users: table.userCount, items: table.itemCount, ratings: table.count))
    let ratings = try (consume table).split(by: split)
    return try trainer.findLearningRate(
      on: TrainingData(training: ratings.training, summary: read.summary),
      in: TrainingContext(seed: seed, compute: ComputeContext(threadCount: threadCount)))
  }
}
