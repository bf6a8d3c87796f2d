import Errors
import Synchronization

/// Asks a training on another thread to stop: it ends after its current step with
/// ``TrainingErrorCode/cancelled``.
package final class CancellationFlag: TrainingCallback, Sendable {
  private let isSet = Atomic(false)

  package init() {}

  /// Asks to stop. Safe on any thread, any number of times.
  package func cancel() { isSet.store(true, ordering: .relaxed) }

  /// Ends the training when it was asked to stop.
  package func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
    guard isSet.load(ordering: .relaxed) else { return }
    throw TrainingError(
      .cancelled, "training was asked to stop",
      place: "\(progress.epochName) \(progress.epoch), step \(progress.step) of "
        + "\(progress.stepCount)", remedy: "Start it again.")
  }
}
