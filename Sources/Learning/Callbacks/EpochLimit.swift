import Errors

/// Ends a training after a given epoch, while rates move as in the whole of it.
package final class EpochLimit: TrainingCallback {
  private let epoch: Int

  /// Stops after `epoch`, counted from 1.
  package init(_ epoch: Int) { self.epoch = epoch }

  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    record.epoch >= epoch ? .stop : .proceed
  }
}
