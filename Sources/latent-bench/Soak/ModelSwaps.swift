import Foundation
import Synchronization

/// New versions put in service one after the other, on a thread of its own.
final class ModelSwaps {
  private let outcome: Outcome
  private let ended = DispatchSemaphore(value: 0)

  private final class Outcome: Sendable {
    let isOver = Atomic(false)
    let failure = Mutex<(any Error)?>(nil)
  }

  /// Begins to publish `count` versions, as evenly over `seconds` as the writing of them allows.
  init(_ count: Int, over seconds: Double, of versions: KnownVersions) {
    let (outcome, ended) = (Outcome(), ended)
    self.outcome = outcome
    Thread.detachNewThread {
      let clock = ContinuousClock()
      let start = clock.now
      for number in 0..<count {
        let due = start + .seconds(seconds * Double(number) / Double(count))
        while clock.now < due, !outcome.isOver.load(ordering: .relaxed) { usleep(10_000) }
        guard !outcome.isOver.load(ordering: .relaxed) else { break }
        do { try versions.publish() } catch {
          outcome.failure.withLock { $0 = error }
          break
        }
      }
      ended.signal()
    }
  }

  deinit { outcome.isOver.store(true, ordering: .relaxed) }

  /// Waits until all are published; those that are not due yet are left out when `isCutShort`. Throws
  /// when one could not be.
  func finish(isCutShort: Bool) throws {
    if isCutShort { outcome.isOver.store(true, ordering: .relaxed) }
    ended.wait()
    if let failure = outcome.failure.withLock({ $0 }) { throw failure }
  }
}
