import Errors

extension SavedState {
  /// Converts the state of a format 1 checkpoint, as written by version 0.1, to the current format. Throws `badState`
  /// if it is not one.
  func upgradedFromFormat1() throws(TrainingError) -> SavedState {
    let old = try decodedExactly(FormatOneRecord.self, from: value("fit"))
    let position = old.position
    let record = FitRecord(
      number: old.number, earlier: old.earlier, summary: "\(old.plan), samples \(old.order)",
      position: FitPosition(
        epoch: position.epoch, step: position.batch, history: position.history,
        elapsed: position.elapsed, isStopped: position.isStopped))
    let batches = MiniBatchPosition(
      losses: RunningLosses(epochSum: position.lossSum, average: position.average),
      rateChanges: position.rateChanges)
    var state = SavedState()
    for entry in entries { state.add(entry.named(Self.upgraded(entry.name))) }
    for (name, text) in texts { state.texts[Self.upgraded(name)] = text }
    state.texts["fit"] = encodedExactly(record)
    state.texts["model.\(MiniBatchPosition.name)"] = encodedExactly(batches)
    return state
  }

  /// Returns `name` with the one callback that has been renamed since under its new name.
  private static func upgraded(_ name: String) -> String {
    let old = "callback.RateReduction."
    return name.hasPrefix(old)
      ? "callback.ReduceLROnPlateau.\(name.dropFirst(old.count))" : name
  }
}

/// The position of a training in a format 1 checkpoint.
private struct FormatOneRecord: Decodable {
  let number: Int
  let earlier: [TrainingHistory]
  let plan: String
  let order: String
  let position: Position

  struct Position: Decodable {
    let epoch: Int
    let batch: Int
    let lossSum: Double
    let average: LossAverage
    let history: TrainingHistory
    let rateChanges: [RateChange]
    let elapsed: Duration
    let isStopped: Bool
  }
}
