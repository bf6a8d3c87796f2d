import Errors
import Learning

/// Keeps states in memory.
final class MemoryStore: CheckpointStore {
  var state: SavedState?
  var saveCount = 0
  func load() -> SavedState? { state }
  func isDue() -> Bool { true }
  func save(_ state: SavedState) throws(TrainingError) {
    self.state = try state.held()
    saveCount += 1
  }
}

/// Cancels after a given step.
final class Interruption: TrainingCallback {
  let step: Int
  init(after step: Int) { self.step = step }
  func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
    guard progress.step == step else { return }
    throw TrainingError(.cancelled, "stopped", place: "here", remedy: "None.")
  }
}
