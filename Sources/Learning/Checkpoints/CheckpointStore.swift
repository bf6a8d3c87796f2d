import Errors

/// Where a ``Learner`` keeps the state of a training, to go on from after an interruption.
package protocol CheckpointStore: AnyObject {
  /// The state to go on from; nil to start from the beginning. Asked once, before the first step.
  func load() throws(TrainingError) -> SavedState?
  /// Whether a state is wanted now that an epoch is over.
  func isDue() -> Bool
  /// Keeps a state, in the place of the last.
  func save(_ state: SavedState) throws(TrainingError)
}
