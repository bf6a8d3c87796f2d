import Errors
import Synchronization

/// Something that watches a training and may end it. Its state, restored before
/// ``trainingWillBegin(_:)``, is part of a checkpoint.
package protocol TrainingCallback: Stateful {
  /// Forgets what an earlier training of the same learner decided, such as its best figure. Called before
  /// ``trainingWillBegin(_:)``, but not after a resumption.
  func reset()
  /// Before the first step, or before the first after a resumption.
  func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError)
  /// After a step.
  func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError)
  /// After the validation of an epoch. Returns how to continue.
  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation
  /// After the last epoch, unless the training failed.
  func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError)
}

/// How a training continues after an epoch.
package enum Continuation: Sendable, Equatable {
  case proceed
  /// It ends, successfully.
  case stop
  /// With all learning rates to come multiplied by a factor. Only when the plan has rates.
  case multiplyRates(by: Double)
}

extension TrainingCallback {
  /// Does nothing: for a callback that keeps the whole story, or nothing at all.
  package func reset() {}

  /// Does nothing.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) {}

  /// Does nothing.
  package func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {}

  /// Proceeds.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation { .proceed }

  /// Does nothing.
  package func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError) {}

  /// Nothing.
  package func state() -> SavedState { SavedState() }

  /// Does nothing.
  package func restore(_ state: SavedState) throws(TrainingError) {}
}

/// Asks a training on another thread to stop: it ends after its current step with
/// ``TrainingErrorCode/cancelled``.
package final class CancellationFlag: TrainingCallback, Sendable {
  private let isSet = Atomic(false)

  package init() {}

  /// Asks to stop. Safe on any thread, any number of times.
  package func cancel() { isSet.store(true, ordering: .relaxed) }

  /// Whether it was asked to stop.
  package var isCancelled: Bool { isSet.load(ordering: .relaxed) }

  /// Ends the training when it was asked to stop.
  package func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
    try check(
      at: "\(progress.plan.epochName) \(progress.epoch), step \(progress.step) of "
        + "\(progress.plan.stepCount)")
  }

  /// Throws ``TrainingErrorCode/cancelled`` when it was asked to stop; `place` says where that is.
  package func check(at place: @autoclosure () -> String) throws(TrainingError) {
    guard isCancelled else { return }
    throw TrainingError(
      .cancelled, "training was asked to stop", place: place(), remedy: "Start it again.")
  }
}
