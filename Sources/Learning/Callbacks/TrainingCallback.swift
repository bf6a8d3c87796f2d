import Errors

/// Something that watches a training and may end it, called between its parts in the order in which
/// callbacks were given.
package protocol TrainingCallback: AnyObject {
  /// Forgets what an earlier training of the same learner decided, such as its best figure. Called before
  /// ``trainingWillBegin(_:)``, but not after a resumption.
  func reset()
  /// Before the first step, or before the first after a resumption.
  func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError)
  /// After a step whose loss is finite.
  func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError)
  /// After the validation of an epoch. Returns how to go on.
  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation
  /// After the last epoch, unless the training failed.
  func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError)

  /// What it keeps from one call to the next, for a checkpoint.
  func state() -> SavedState
  /// Goes on from a state of its own, before ``trainingWillBegin(_:)``.
  func restore(_ state: SavedState) throws(TrainingError)
}

/// How a training goes on after an epoch.
package enum Continuation: Sendable, Equatable {
  case proceed
  /// It ends well.
  case stop
  /// With all rates to come multiplied by a factor.
  case multiplyRates(by: Double)
}

extension TrainingCallback {
  /// Does nothing: for a callback that keeps the whole story, or nothing at all.
  package func reset() {}

  /// Does nothing.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {}

  /// Does nothing.
  package func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {}

  /// Goes on.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation { .proceed }

  /// Does nothing.
  package func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError) {}

  /// Nothing.
  package func state() -> SavedState { SavedState() }

  /// Does nothing.
  package func restore(_ state: SavedState) throws(TrainingError) {}
}
