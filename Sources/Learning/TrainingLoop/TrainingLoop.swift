import Errors

/// Runs a training epoch by epoch, with callbacks, history, checkpoints, resuming and cancellation.
///
/// A training resumed from a checkpoint gives the same bits as one without the interruption, as far as the
/// ``IterativeTraining`` restores its state.
package final class TrainingLoop {
  private let callbacks: [any TrainingCallback]
  private let checkpoints: (any CheckpointStore)?
  /// The histories of the trainings run so far.
  private var earlier: [TrainingHistory] = []
  /// The state to resume from, until its training has restored it.
  private var resumption: (record: FitRecord, state: SavedState)?
  private var hasLoaded = false

  /// - Parameters:
  ///   - callbacks: Called in this order. Their states are part of the checkpoint. A callback of a type that the
  ///     interrupted training did not have starts afresh on resuming.
  ///   - checkpoints: The store to resume from and to save to, after an epoch and on cancellation.
  package init(
    callbacks: [any TrainingCallback] = [], checkpoints: (any CheckpointStore)? = nil
  ) {
    self.callbacks = callbacks
    self.checkpoints = checkpoints
  }

  /// The total number of epochs of all trainings so far.
  package var epochsTaken: Int { earlier.reduce(0) { $0 + $1.epochs.count } }

  /// Runs all epochs, unless a callback stops it, and returns the history.
  ///
  /// A loop can run several trainings in turn, such as a frozen and an unfrozen one. When resuming, it skips those that
  /// finished before the interruption.
  ///
  /// Throws ``TrainingError``: `badState` for a checkpoint of another training, and whatever the training or a callback
  /// throws. On cancellation a checkpoint is written first, and the error says so.
  package func run(_ training: some IterativeTraining) throws(TrainingError) -> TrainingHistory {
    try load()
    if let resumption, resumption.record.number > earlier.count {
      let history = resumption.record.earlier[earlier.count]
      earlier.append(history)
      return history
    }
    var position = try resume(training) ?? begin()
    let plan = training.plan
    try training.prepare(
      stepsTaken: (position.epoch - 1) * plan.stepsPerEpoch + position.step)
    for callback in callbacks { try callback.trainingWillBegin(plan) }
    try run(training, plan, &position)
    for callback in callbacks { try callback.trainingDidEnd(position.history) }
    earlier.append(position.history)
    return position.history
  }

  private func begin() -> FitPosition {
    for callback in callbacks { callback.reset() }
    return FitPosition()
  }

  private func run(
    _ training: some IterativeTraining, _ plan: TrainingPlan, _ position: inout FitPosition
  ) throws(TrainingError) {
    let clock = ContinuousClock()
    let start = clock.now - position.elapsed
    while position.epoch <= plan.epochCount, !position.isStopped {
      while position.step < plan.stepsPerEpoch {
        let number = (position.epoch - 1) * plan.stepsPerEpoch + position.step + 1
        let result = try training.takeStep(number)
        position.step += 1
        if callbacks.isEmpty { continue }
        position.elapsed = clock.now - start
        try report(
          TrainingProgress(
            of: plan, epoch: position.epoch, step: number, result, elapsed: position.elapsed),
          training, position)
      }
      let result = try training.evaluate(epoch: position.epoch)
      position.elapsed = clock.now - start
      let record = EpochRecord(
        epoch: position.epoch, trainingLoss: result.trainingLoss,
        validationLoss: result.validationLoss, metrics: result.metrics, elapsed: position.elapsed)
      position.history.epochs.append(record)
      for callback in callbacks {
        switch try callback.epochDidEnd(record) {
        case .proceed: break
        case .stop: position.isStopped = true
        case .multiplyRates(let factor):
          try training.multiplyRates(by: factor, after: position.epoch)
        }
      }
      position.epoch += 1
      position.step = 0
      if let checkpoints, checkpoints.isDue() { try checkpoints.save(state(training, position)) }
    }
  }

  /// Reports a step to the callbacks. If one cancels the training, a checkpoint is written first.
  private func report(
    _ progress: TrainingProgress, _ training: some IterativeTraining, _ position: FitPosition
  ) throws(TrainingError) {
    do {
      for callback in callbacks { try callback.stepDidEnd(progress) }
    } catch {
      guard error.code == .cancelled, let checkpoints else { throw error }
      try checkpoints.save(state(training, position))
      throw TrainingError(
        .cancelled, "\(error.problem); a checkpoint was written", place: error.place,
        remedy: "Resume from the checkpoint.")
    }
  }
}

extension TrainingLoop {
  /// Returns everything that the rest of a training depends on.
  private func state(
    _ training: some IterativeTraining, _ position: FitPosition
  ) -> SavedState {
    let record = FitRecord(
      number: earlier.count, earlier: earlier, summary: training.summary, position: position)
    var state = SavedState()
    state.texts["fit"] = encodedExactly(record)
    // For people who inspect the file.
    state.texts["epoch"] = "\(position.epoch) of \(training.plan.epochCount)"
    state.texts["step"] = "\(position.step) of \(training.plan.stepsPerEpoch)"
    state.add(training.state(), under: "model")
    for (name, callback) in namedCallbacks { state.add(callback.state(), under: name) }
    return state
  }

  /// The callbacks, named by type and by number within the type.
  private var namedCallbacks: [(name: String, callback: any TrainingCallback)] {
    var counts: [String: Int] = [:]
    return callbacks.map { callback in
      let type = "\(type(of: callback))"
      counts[type, default: 0] += 1
      return ("callback.\(type).\(counts[type] ?? 1)", callback)
    }
  }

  /// Loads the state to resume from, before the first training only.
  private func load() throws(TrainingError) {
    guard let checkpoints, !hasLoaded else { return }
    hasLoaded = true
    guard let state = try checkpoints.load() else { return }
    let record = try decodedExactly(FitRecord.self, from: state.value("fit"))
    guard record.number == record.earlier.count else {
      throw .badState("its training number is \(record.number), not \(record.earlier.count)")
    }
    resumption = (record, state)
  }

  /// Restores the interrupted training, if it was this one, and returns its position.
  private func resume(
    _ training: some IterativeTraining
  ) throws(TrainingError) -> FitPosition? {
    guard let (record, state) = resumption else { return nil }
    resumption = nil
    try record.check(training.summary, training.plan)
    try training.restore(state.part("model"))
    for (name, callback) in namedCallbacks {
      let part = state.part(name)
      if part.isEmpty { callback.reset() } else { try callback.restore(part) }
    }
    return record.position
  }
}
