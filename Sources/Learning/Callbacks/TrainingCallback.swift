import Errors
import Synchronization

/// An observer that can stop a training. Its state is part of the checkpoint and is restored before
/// ``trainingWillBegin(_:)``.
package protocol TrainingCallback: Stateful {
  /// Discards what an earlier training of the same learner left, such as its best value. Called before
  /// ``trainingWillBegin(_:)``, except when resuming.
  func reset()
  /// Called before the first step, or the first after resuming.
  func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError)
  /// Called after each step.
  func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError)
  /// Called after the validation of an epoch. Returns how to continue.
  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation
  /// Called after the last epoch, unless the training failed.
  func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError)
}

/// How a training continues after an epoch.
package enum Continuation: Sendable, Equatable {
  case proceed
  /// Ends the training successfully.
  case stop
  /// Multiplies all further learning rates by a factor. Allowed only if the plan has rates.
  case multiplyRates(by: Double)
}

extension TrainingCallback {
  /// Does nothing: for callbacks that keep everything or have no state.
  package func reset() {}

  /// Does nothing.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {}

  /// Does nothing.
  package func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {}

  /// Proceeds.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation { .proceed }

  /// Does nothing.
  package func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError) {}

  /// Returns an empty state.
  package func state() -> SavedState { SavedState() }

  /// Does nothing.
  package func restore(_ state: SavedState) throws(TrainingError) {}
}

/// Cancels a training from another thread. The training ends after its current step with
/// ``TrainingErrorCode/cancelled``.
package final class CancellationFlag: TrainingCallback, Sendable {
  private let isSet = Atomic(false)

  package init() {}

  /// Requests cancellation. Safe to call from any thread, any number of times.
  package func cancel() { isSet.store(true, ordering: .relaxed) }

  /// Whether cancellation was requested.
  package var isCancelled: Bool { isSet.load(ordering: .relaxed) }

  /// Ends the training if cancellation was requested.
  package func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
    try check(
      at: "\(progress.plan.epochName) \(progress.epoch), step \(progress.step) of "
        + "\(progress.plan.stepCount)")
  }

  /// Throws ``TrainingErrorCode/cancelled`` if cancellation was requested; `place` is the current position in the
  /// training.
  package func check(at place: @autoclosure () -> String) throws(TrainingError) {
    guard isCancelled else { return }
    throw TrainingError(
      .cancelled, "training was asked to stop", place: place(), remedy: "Start it again.")
  }
}
