import Learning
import Synchronization

/// The order in which each epoch visits the training images. The last two epochs' orders are kept, since batches are
/// prepared into the next epoch.
final class EpochOrders: Sendable {
  private let count: Int
  private let order: SampleOrder
  private let kept = Mutex<[(epoch: Int, samples: [UInt32])]>([])

  init(_ count: Int, _ order: SampleOrder) {
    self.count = count
    self.order = order
  }

  /// Returns the order of `epoch`, counted from 0.
  func order(of epoch: Int) -> [UInt32] {
    kept.withLock { kept in
      if let known = kept.first(where: { $0.epoch == epoch }) { return known.samples }
      let samples = order.samples(count, epoch: epoch)
      kept = kept.suffix(1) + [(epoch, samples)]
      return samples
    }
  }
}
