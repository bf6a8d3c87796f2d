import Errors

/// Trains a model by gradient descent in mini-batches: see ``TrainingLoop`` for callbacks, checkpoints
/// and resumption.
///
///     let learner = Learner(model, batchSize: 64, order: .shuffled(seed: 0))
///     let history = try learner.fitOneCycle(epochCount: 5, peakRates: [5e-3])
///
/// The order of work and of sums is fixed by the arguments, so that a training repeats itself bit for
/// bit as far as the ``GradientTrainable``'s steps do.
package final class Learner<Model: GradientTrainable> {
  /// What is trained.
  package let model: Model
  let batchSize: Int
  let order: SampleOrder
  let loop: TrainingLoop

  /// A learner for `model`.
  ///
  /// - Parameters:
  ///   - batchSize: The samples of a step; see ``BatchSizes`` for the ends of epochs and tiny data.
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

  /// Trains for `epochCount` epochs by one cycle with the given peak rates.
  package func fitOneCycle(
    epochCount: Int, peakRates: PeakRates, schedule: OneCycleSchedule = OneCycleSchedule()
  ) throws(TrainingError) -> TrainingHistory {
    try fit(epochCount: epochCount, peakRates: peakRates, schedule: schedule)
  }

  /// Trains for `epochCount` epochs and returns what each came to.
  ///
  /// Throws ``TrainingError``: `diverged` with epoch, step and rate as soon as a loss is infinite or
  /// no number, or an epoch's mean exceeds ``GradientTrainable/lossBound``; `badData` without samples;
  /// `badOption` for rates that do not fit; what ``TrainingLoop/run(_:)`` throws.
  package func fit(
    epochCount: Int, peakRates: PeakRates, schedule: any Schedule
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

  /// Throws `badData` when there is nothing to train on.
  func checkData() throws(TrainingError) {
    guard model.trainingCount > 0 else {
      throw TrainingError(
        .badData, "there is nothing to train on", place: "training data",
        remedy: "Give some, or hold less out.")
    }
  }
}
