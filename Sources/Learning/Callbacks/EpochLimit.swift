import Errors

/// Stops training after a given epoch, without affecting the learning rate schedule.
package final class EpochLimit: TrainingCallback {
  private let epoch: Int

  /// Creates a callback that stops after `epoch`, counted from 1.
  package init(_ epoch: Int) { self.epoch = epoch }

  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    record.epoch >= epoch ? .stop : .proceed
  }
}
