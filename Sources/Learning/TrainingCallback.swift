/// Something that watches a training and may end it, called between its parts in the order in which
/// callbacks were given.
package protocol TrainingCallback: AnyObject {
  /// Before the first step.
  func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError)
  /// Before the first batch of `epoch`, counted from 1.
  func epochWillBegin(_ epoch: Int) throws(TrainingError)
  /// Before a step.
  func batchWillBegin(_ settings: StepSettings) throws(TrainingError)
  /// After a step whose loss is finite.
  func batchDidEnd(_ progress: TrainingProgress) throws(TrainingError)
  /// After the validation of an epoch. Returns whether to go on; if not, training ends well.
  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Bool
}

extension TrainingCallback {
  /// Does nothing.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {}

  /// Does nothing.
  package func epochWillBegin(_ epoch: Int) throws(TrainingError) {}

  /// Does nothing.
  package func batchWillBegin(_ settings: StepSettings) throws(TrainingError) {}

  /// Does nothing.
  package func batchDidEnd(_ progress: TrainingProgress) throws(TrainingError) {}

  /// Goes on.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Bool { true }
}
