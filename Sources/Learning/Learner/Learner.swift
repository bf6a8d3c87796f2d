import Errors

/// Trains a model by mini-batch gradient descent. See ``TrainingLoop`` for callbacks, checkpoints and resuming.
///
///     let learner = Learner(model, batchSize: 64, order: .shuffled(seed: 0))
///     let history = try learner.fit(epochCount: 5, peakRates: [5e-3])
///
/// The arguments determine the order of work and of sums. Training is thus reproducible bit for bit, as far as the
/// steps of the ``GradientTrainable`` are.
package final class Learner<Model: GradientTrainable> {
  /// The model being trained.
  package let model: Model
  let batchSize: Int
  let order: SampleOrder
  let loop: TrainingLoop

  /// Creates a learner for `model`.
  ///
  /// - Parameters:
  ///   - batchSize: The number of samples per step; see ``BatchSizes`` for incomplete batches and tiny data sets.
  ///   - order: The order of the training samples.
  ///   - callbacks, checkpoints: See ``TrainingLoop``.
  package init(
    _ model: Model, batchSize: Int, order: SampleOrder, callbacks: [any TrainingCallback] = [],
    checkpoints: (any CheckpointStore)? = nil
  ) {
    self.model = model
    self.batchSize = batchSize
    self.order = order
    loop = TrainingLoop(callbacks: callbacks, checkpoints: checkpoints)
  }

  /// Trains for `epochCount` epochs and returns the history.
  ///
  /// Throws ``TrainingError`` and whatever ``TrainingLoop/run(_:)`` throws:
  ///
  /// - `diverged`, with epoch, step and rate, as soon as a loss is infinite or NaN, or an epoch's mean exceeds
  ///   ``GradientTrainable/lossBound``;
  /// - `badData` without samples;
  /// - `badOption` for invalid rates.
  package func fit(
    epochCount: Int, peakRates: PeakRates, schedule: any Schedule = OneCycleSchedule()
  ) throws(TrainingError) -> TrainingHistory {
    precondition(epochCount >= 0, "\(epochCount) epochs")
    try checkData()
    let batches = BatchSizes(batchSize, samples: model.trainingCount)
    let rates = RatePlan(
      stepCount: epochCount * batches.trainingCount,
      peakRates: try peakRates.values(groupCount: model.groupCount), schedule: schedule)
    let plan = TrainingPlan(
      epochCount: epochCount, stepsPerEpoch: batches.trainingCount,
      validationCount: model.validationCount, rates: rates)
    return try loop.run(
      MiniBatchTraining(model, batches, order, epochsBefore: loop.epochsTaken, plan: plan))
  }

  /// Throws `badData` if there are no training samples.
  func checkData() throws(TrainingError) {
    guard model.trainingCount > 0 else {
      throw TrainingError(
        .badData, "there are no training samples", place: "training data",
        remedy: "Add some, or hold out fewer.")
    }
  }
}
