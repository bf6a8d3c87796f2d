import Errors

/// Runs a training: batches in a seeded order, the schedule's rates, validation after each epoch,
/// callbacks in between, checkpoints, and a stop when the loss is no longer a number.
///
/// The order of work and of sums is fixed by the arguments, so that a training repeats itself bit for
/// bit as far as the ``GradientTrainable``'s steps do; one that goes on from a checkpoint ends where it would
/// have ended without the interruption.
package final class Learner<Model: GradientTrainable> {
  /// What is trained.
  package let model: Model
  let batchSize: Int
  let order: SampleOrder
  private let callbacks: [any TrainingCallback]
  private let checkpoints: (any CheckpointStore)?
  /// What the fits so far came to.
  private var earlier: [TrainingHistory] = []
  /// The state to go on from, until the fit it belongs to has taken it up.
  private var resumption: (record: FitRecord, state: SavedState)?
  private var hasAskedForResumption = false

  /// A learner for `model`.
  ///
  /// - Parameters:
  ///   - batchSize: The samples of a step; see ``BatchSizes`` for the ends of epochs and tiny data.
  ///   - order: The order of the training samples.
  ///   - callbacks: Called in this order. Their states are part of a checkpoint; one of a kind that the
  ///     interrupted training did not have begins where that goes on.
  ///   - checkpoints: Where to go on from, and where to keep a state after an epoch and when the
  ///     training is cancelled.
  package init(
    _ model: Model, batchSize: Int, order: SampleOrder, callbacks: [any TrainingCallback] = [],
    checkpoints: (any CheckpointStore)? = nil
  ) {
    self.model = model
    self.batchSize = batchSize
    self.order = order
    self.callbacks = callbacks
    self.checkpoints = checkpoints
  }

  /// The epochs that this learner has seen in earlier fits: another fit shuffles anew.
  var epochsBefore: Int { earlier.reduce(0) { $0 + $1.epochs.count } }

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
  /// `badOption` for rates that do not fit; `badState` for a checkpoint of another training; what the
  /// model or a callback throws. When it is cancelled, the checkpoint is written first, and the error
  /// says so.
  package func fit(
    epochCount: Int, peakRates: PeakRates, schedule: some Schedule
  ) throws(TrainingError) -> TrainingHistory {
    precondition(epochCount >= 0, "\(epochCount) epochs")
    try checkData()
    let batches = BatchSizes(batchSize, samples: model.trainingCount)
    var plan = TrainingPlan(
      epochCount: epochCount, batchCount: batches.trainingCount,
      peakRates: try peakRates.values(groupCount: model.groupCount), schedule: schedule,
      validationCount: model.validationCount)
    try askForResumption()
    if let resumption, resumption.record.number > earlier.count {
      // This fit was over before the interruption: the state to come holds what it did.
      let history = resumption.record.earlier[earlier.count]
      earlier.append(history)
      return history
    }
    var position = try takeUp(&plan) ?? begin()
    let stepsTaken = (position.epoch - 1) * plan.batchCount + position.batch
    try model.prepare(for: plan, stepsTaken: stepsTaken)
    for callback in callbacks { try callback.trainingWillBegin(plan) }
    try run(&plan, &position, batches)
    for callback in callbacks { try callback.trainingDidEnd(position.history) }
    earlier.append(position.history)
    return position.history
  }

  /// The start of a fit that goes on from nothing.
  private func begin() -> FitPosition {
    for callback in callbacks { callback.reset() }
    return FitPosition()
  }

  /// Throws `badData` when there is nothing to train on.
  func checkData() throws(TrainingError) {
    guard model.trainingCount > 0 else {
      throw TrainingError(
        .badData, "there is nothing to train on", place: "training",
        remedy: "Import ratings first, or hold fewer out.")
    }
  }

  private func run(
    _ plan: inout TrainingPlan, _ position: inout FitPosition, _ batches: BatchSizes
  ) throws(TrainingError) {
    let clock = ContinuousClock()
    let start = clock.now - position.elapsed
    while position.epoch <= plan.epochCount, !position.isStopped {
      let samples = order.samples(model.trainingCount, epoch: epochsBefore + position.epoch - 1)
      while position.batch < plan.batchCount {
        try step(plan, &position, samples[batches.training(position.batch)], clock, since: start)
      }
      try checkMean(plan, position)
      let validationLoss = try validationLoss(batchSize: batches.size)
      position.elapsed = clock.now - start
      let record = EpochRecord(
        epoch: position.epoch, trainingLoss: position.average.value, validationLoss: validationLoss,
        metrics: validationLoss == nil ? [] : model.metricValues, elapsed: position.elapsed)
      position.history.epochs.append(record)
      for callback in callbacks {
        try apply(callback.epochDidEnd(record), &plan, &position)
      }
      position.epoch += 1
      position.batch = 0
      position.lossSum = 0
      if let checkpoints, checkpoints.isDue() { try checkpoints.save(state(plan, position)) }
    }
  }

  private func step(
    _ plan: TrainingPlan, _ position: inout FitPosition, _ samples: ArraySlice<UInt32>,
    _ clock: ContinuousClock, since start: ContinuousClock.Instant
  ) throws(TrainingError) {
    let settings = plan.settings(
      ofStep: (position.epoch - 1) * plan.batchCount + position.batch + 1)
    let loss = try model.train(on: samples, settings)
    guard loss.isFinite else {
      throw diverged("the loss is \(loss)", position.epoch, settings, plan)
    }
    position.lossSum += Double(loss)
    position.average.add(loss)
    position.batch += 1
    if callbacks.isEmpty { return }
    position.elapsed = clock.now - start
    let progress = TrainingProgress(
      epoch: position.epoch, epochCount: plan.epochCount, step: settings.number,
      stepCount: plan.stepCount, batchLoss: loss, trainingLoss: position.average.value,
      rate: settings.rate, momentum: settings.momentum, elapsed: position.elapsed)
    do {
      for callback in callbacks { try callback.stepDidEnd(progress) }
    } catch {
      guard error.code == .cancelled, let checkpoints else { throw error }
      try checkpoints.save(state(plan, position))
      throw TrainingError(
        .cancelled, "\(error.problem); a checkpoint was written", place: error.place,
        remedy: "Go on from the checkpoint.")
    }
  }

  private func apply(
    _ continuation: Continuation, _ plan: inout TrainingPlan, _ position: inout FitPosition
  ) throws(TrainingError) {
    switch continuation {
    case .proceed: break
    case .stop: position.isStopped = true
    case .multiplyRates(let factor):
      let stepsTaken = position.epoch * plan.batchCount
      plan.multiplyRates(by: factor, after: stepsTaken)
      position.rateChanges = plan.rateChanges
      try model.prepare(for: plan, stepsTaken: stepsTaken)
    }
  }

  private func checkMean(_ plan: TrainingPlan, _ position: FitPosition) throws(TrainingError) {
    let mean = position.lossSum / Double(plan.batchCount)
    guard let bound = model.lossBound, mean > bound else { return }
    throw diverged(
      "the mean loss is \(Float(mean)), above \(Float(bound)), which a model that predicts nothing "
        + "would hardly reach", position.epoch,
      plan.settings(ofStep: position.epoch * plan.batchCount), plan)
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
    _ problem: String, _ epoch: Int, _ settings: GradientStep, _ plan: TrainingPlan
  ) -> TrainingError {
    let peak = plan.peakRates.max() ?? 0
    return TrainingError(
      .diverged, problem,
      place: "epoch \(epoch) of \(plan.epochCount), step \(settings.number), rate "
        + "\(Float(settings.rate))",
      remedy: "Try a tenth of the learning rate: \(Float(peak / 10)) instead of \(Float(peak)).")
  }
}

extension Learner {
  /// Everything that the rest of a fit depends on.
  private func state(_ plan: TrainingPlan, _ position: FitPosition) -> SavedState {
    let record = FitRecord(
      number: earlier.count, earlier: earlier, plan: plan, order: order, position: position)
    var state = SavedState()
    state.texts["fit"] = record.encoded()
    // For people who look into a file.
    state.texts["epoch"] = "\(position.epoch) of \(plan.epochCount)"
    state.texts["step"] = "\(position.batch) of \(plan.batchCount)"
    state.add(model.state(), under: "model")
    for (name, callback) in namedCallbacks { state.add(callback.state(), under: name) }
    return state
  }

  /// The callbacks, each under its type and its number among those of it.
  private var namedCallbacks: [(name: String, callback: any TrainingCallback)] {
    var counts: [String: Int] = [:]
    return callbacks.map { callback in
      let type = "\(type(of: callback))"
      counts[type, default: 0] += 1
      return ("callback.\(type).\(counts[type] ?? 1)", callback)
    }
  }

  private func askForResumption() throws(TrainingError) {
    guard let checkpoints, !hasAskedForResumption else { return }
    hasAskedForResumption = true
    guard let state = try checkpoints.load() else { return }
    let record = try FitRecord(decoding: state.value("fit"))
    guard record.number == record.earlier.count else {
      throw .badState("fit \(record.number) after \(record.earlier.count)")
    }
    resumption = (record, state)
  }

  /// Where the interrupted fit stood, if it was this one.
  private func takeUp(_ plan: inout TrainingPlan) throws(TrainingError) -> FitPosition? {
    guard let (record, state) = resumption else { return nil }
    resumption = nil
    try record.check(plan, order)
    try model.restore(state.part("model"))
    for (name, callback) in namedCallbacks {
      let part = state.part(name)
      if part.isEmpty { callback.reset() } else { try callback.restore(part) }
    }
    for change in record.position.rateChanges {
      plan.multiplyRates(by: change.factor, after: change.lastStep)
    }
    return record.position
  }
}
