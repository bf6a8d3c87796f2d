import Foundation
import Images
import Learning
package import TensorCore

/// Which images a batch is of: positions in an epoch's order.
package struct BatchPlace: Hashable, Sendable {
  /// Counted from 0.
  package let epoch: Int
  package let range: Range<Int>

  package init(epoch: Int, range: Range<Int>) {
    self.epoch = epoch
    self.range = range
  }
}

/// A batch as the network takes it.
package struct PreparedBatch: Sendable {
  /// `[batch, channels, height, width]`.
  package let images: Tensor
  /// As the task's loss takes them.
  package let targets: Tensor
}

/// Batches that are prepared ahead of training by threads of its own, each batch by one of them: what is in it does
/// not depend on which, or when.
///
/// At most `depth` batches are wanted, being prepared or ready at a time. Batches are expected in the order of
/// `next`; one that is asked for out of turn, as after a resumption, is prepared first, and what was prepared
/// before is dropped.
final class BatchQueue: Sendable {
  typealias Prepare =
    @Sendable (BatchPlace, TransformWorkspace) throws(TrainingError) -> PreparedBatch

  private let work: BatchWork

  /// - Parameters:
  ///   - next: The place behind one; nil behind the last.
  ///   - prepare: Makes a batch, in a workspace that its thread alone has.
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

  /// The batch of that place, as soon as it is ready. Throws what preparing it threw.
  func take(_ place: BatchPlace) throws(TrainingError) -> PreparedBatch { try work.take(place) }
}

/// What the threads of a ``BatchQueue`` share.
///
/// `@unchecked Sendable`: everything mutable is touched under the condition.
private final class BatchWork: @unchecked Sendable {
  private let depth: Int
  private let next: @Sendable (BatchPlace) -> BatchPlace?
  private let condition = NSCondition()
  /// To be prepared, first to last; then those that are.
  private var wanted: [BatchPlace] = []
  private var begun: Set<BatchPlace> = []
  private var ready: [BatchPlace: Result<PreparedBatch, TrainingError>] = [:]
  /// The last place that was wanted; nil before the first.
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

  /// The place that a thread is to prepare now; nil when there will be none.
  func begin() -> BatchPlace? {
    condition.lock()
    defer { condition.unlock() }
    while wanted.isEmpty, !isClosed { condition.wait() }
    guard !isClosed else { return nil }
    let place = wanted.removeFirst()
    begun.insert(place)
    return place
  }

  /// Takes what a thread prepared, unless it is not wanted any more.
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
