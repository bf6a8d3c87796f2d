import ExplainedErrors

/// Runs a training: batches in a seeded order, the schedule's rates, validation after each epoch,
/// callbacks in between, and a stop when the loss is no longer a number.
///
/// The order of work and of sums is fixed by the arguments, so that a training repeats itself bit for
/// bit as far as the ``Trainable``'s steps do.
package final class Learner<Model: Trainable> {
  private let model: Model
  private let batchSize: Int
  private let order: SampleOrder
  private let callbacks: [any TrainingCallback]

  /// A learner for `model`.
  ///
  /// - Parameters:
  ///   - batchSize: The samples of a step; see ``BatchSizes`` for the ends of epochs and tiny data.
  ///   - order: The order of the training samples.
  ///   - callbacks: Called in this order.
  package init(
    _ model: Model, batchSize: Int, order: SampleOrder, callbacks: [any TrainingCallback] = []
  ) {
    self.model = model
    self.batchSize = batchSize
    self.order = order
    self.callbacks = callbacks
  }

  /// Trains for `epochCount` epochs by one cycle with the given peak rates.
  package func fitOneCycle(
    epochCount: Int, peakRates: [Double], schedule: OneCycleSchedule = OneCycleSchedule()
  ) throws(TrainingError) -> TrainingHistory {
    try fit(epochCount: epochCount, peakRates: peakRates, schedule: schedule)
  }

  /// Trains for `epochCount` epochs and returns what each came to.
  ///
  /// Throws ``TrainingError``: `diverged` with epoch, step and rate as soon as a loss is infinite or
  /// no number, or an epoch's mean exceeds ``Trainable/lossBound``; `badData` without samples; what
  /// the model or a callback throws.
  package func fit(
    epochCount: Int, peakRates: [Double], schedule: some Schedule
  ) throws(TrainingError) -> TrainingHistory {
    guard model.trainingCount > 0 else {
      throw TrainingError(
        .badData, "there is nothing to train on", place: "training",
        remedy: "Import ratings first, or hold fewer out.")
    }
    let batches = BatchSizes(batchSize, samples: model.trainingCount)
    let plan = TrainingPlan(
      epochCount: epochCount, batchCount: batches.trainingCount, peakRates: peakRates,
      schedule: schedule)
    try model.prepare(for: plan)
    for callback in callbacks { try callback.trainingWillBegin(plan) }
    let clock = ContinuousClock()
    let start = clock.now
    var history = TrainingHistory()
    var average = LossAverage()
    for epoch in 1...max(epochCount, 1) where epochCount > 0 {
      for callback in callbacks { try callback.epochWillBegin(epoch) }
      let samples = order.samples(model.trainingCount, epoch: epoch - 1)
      var lossSum = 0.0
      for batch in 0..<batches.trainingCount {
        let settings = plan.settings(ofStep: (epoch - 1) * batches.trainingCount + batch + 1)
        for callback in callbacks { try callback.batchWillBegin(settings) }
        let loss = try model.train(on: samples[batches.training(batch)], settings)
        guard loss.isFinite else { throw diverged("the loss is \(loss)", epoch, settings, plan) }
        lossSum += Double(loss)
        average.add(loss)
        if callbacks.isEmpty { continue }
        let progress = TrainingProgress(
          epoch: epoch, epochCount: epochCount, step: settings.number, stepCount: plan.stepCount,
          batchLoss: loss, trainingLoss: average.value, rate: settings.rate,
          momentum: settings.momentum, elapsed: clock.now - start)
        for callback in callbacks { try callback.batchDidEnd(progress) }
      }
      let mean = lossSum / Double(batches.trainingCount)
      if let bound = model.lossBound, mean > bound {
        throw diverged(
          "the mean loss is \(Float(mean)), above \(Float(bound)), which a model that predicts "
            + "nothing would hardly reach", epoch,
          plan.settings(ofStep: epoch * batches.trainingCount), plan)
      }
      let record = EpochRecord(
        epoch: epoch, trainingLoss: average.value,
        validationLoss: try validationLoss(batchSize: batches.size), elapsed: clock.now - start)
      history.epochs.append(record)
      var goesOn = true
      for callback in callbacks { goesOn = try callback.epochDidEnd(record) && goesOn }
      if !goesOn { break }
    }
    return history
  }

  /// The mean loss over the held-out samples, batch by batch, the last short one included, each
  /// batch weighing what it holds; nil without any.
  private func validationLoss(batchSize: Int) throws(TrainingError) -> Double? {
    let count = model.validationCount
    guard count > 0 else { return nil }
    try model.prepareForValidation()
    var sum = 0.0
    for start in stride(from: 0, to: count, by: batchSize) {
      let batch = start..<min(start + batchSize, count)
      sum += Double(try model.validationLoss(of: batch)) * Double(batch.count)
    }
    return sum / Double(count)
  }

  private func diverged(
    _ problem: String, _ epoch: Int, _ settings: StepSettings, _ plan: TrainingPlan
  ) -> TrainingError {
    let peak = plan.peakRates.max() ?? 0
    return TrainingError(
      .diverged, problem,
      place: "epoch \(epoch) of \(plan.epochCount), step \(settings.number), rate "
        + "\(Float(settings.rate))",
      remedy: "Try a tenth of the learning rate: \(Float(peak / 10)) instead of \(Float(peak)).")
  }
}
