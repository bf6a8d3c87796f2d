import Foundation
import Images
import Learning
package import TensorCore

/// The images of a batch, as positions in an epoch's order.
package struct BatchPlace: Hashable, Sendable {
  /// Counted from 0.
  package let epoch: Int
  package let range: Range<Int>

  package init(epoch: Int, range: Range<Int>) {
    self.epoch = epoch
    self.range = range
  }
}

/// A batch ready for the network.
package struct PreparedBatch: Sendable {
  /// `[batch, channels, height, width]`.
  package let images: Tensor
  /// The targets as the task's loss takes them.
  package let targets: Tensor
}

/// Prepares batches ahead of training on threads of its own. Each batch is prepared by one thread; its contents do
/// not depend on which, or when.
///
/// At most `depth` batches are pending, in preparation or ready at a time. Batches are expected in the order of
/// `next`. A batch requested out of order, as after resuming, is prepared first, and earlier prepared batches are
/// dropped.
final class BatchQueue: Sendable {
  typealias Prepare =
    @Sendable (BatchPlace, TransformWorkspace) throws(TrainingError) -> PreparedBatch

  private let work: BatchWork

  /// - Parameters:
  ///   - next: Returns the place after one; nil after the last.
  ///   - prepare: Makes a batch, in a workspace exclusive to its thread.
  init(
    threadCount: Int, depth: Int, next: @escaping @Sendable (BatchPlace) -> BatchPlace?,
    prepare: @escaping Prepare
  ) {
    precondition(threadCount > 0 && depth > 0, "\(threadCount) threads, \(depth) batches")
    let work = BatchWork(depth: depth, next: next)
    self.work = work
    for _ in 0..<threadCount {
      let thread = Thread {
        let workspace = TransformWorkspace()
        while let place = work.begin() {
          work.finish(
            place, Result { () throws(TrainingError) in try prepare(place, workspace) })
        }
      }
      thread.name = "latent-batches"
      thread.start()
    }
  }

  deinit { work.close() }

  /// Waits for the batch at a place and returns it. Rethrows the error of its preparation.
  func take(_ place: BatchPlace) throws(TrainingError) -> PreparedBatch { try work.take(place) }
}

/// The shared state of a ``BatchQueue``'s threads.
///
/// `@unchecked Sendable`: all mutable state is accessed under the condition's lock.
private final class BatchWork: @unchecked Sendable {
  private let depth: Int
  private let next: @Sendable (BatchPlace) -> BatchPlace?
  private let condition = NSCondition()
  /// The places to prepare, in order; then those in preparation, and the batches that are ready.
  private var wanted: [BatchPlace] = []
  private var begun: Set<BatchPlace> = []
  private var ready: [BatchPlace: Result<PreparedBatch, TrainingError>] = [:]
  /// The last place requested; nil before the first.
  private var last: BatchPlace?
  private var isClosed = false

  init(depth: Int, next: @escaping @Sendable (BatchPlace) -> BatchPlace?) {
    self.depth = depth
    self.next = next
  }

  func take(_ place: BatchPlace) throws(TrainingError) -> PreparedBatch {
    condition.lock()
    defer { condition.unlock() }
    if ready[place] == nil, !begun.contains(place), wanted.first != place {
      wanted = [place]
      begun = []
      ready = [:]
      last = place
    }
    wantMore()
    while ready[place] == nil { condition.wait() }
    guard let batch = ready.removeValue(forKey: place) else { preconditionFailure("no batch") }
    wantMore()
    return try batch.get()
  }

  /// Returns the place that the calling thread is to prepare next; nil once the queue is closed.
  func begin() -> BatchPlace? {
    condition.lock()
    defer { condition.unlock() }
    while wanted.isEmpty, !isClosed { condition.wait() }
    guard !isClosed else { return nil }
    let place = wanted.removeFirst()
    begun.insert(place)
    return place
  }

  /// Stores a prepared batch, unless it is no longer wanted.
  func finish(_ place: BatchPlace, _ batch: Result<PreparedBatch, TrainingError>) {
    condition.lock()
    defer { condition.unlock() }
    guard begun.remove(place) != nil else { return }
    ready[place] = batch
    condition.broadcast()
  }

  func close() {
    condition.lock()
    defer { condition.unlock() }
    isClosed = true
    condition.broadcast()
  }

  private func wantMore() {
    while wanted.count + begun.count + ready.count < depth, let place = last.flatMap(next) {
      wanted.append(place)
      last = place
    }
    condition.broadcast()
  }
}
