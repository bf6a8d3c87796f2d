package import NIOCore

/// The clock of event loops; tests supply their own.
package struct LoopClock: Sendable {
  /// Returns the current time.
  package let now: @Sendable () -> NIODeadline

  package init(_ now: @escaping @Sendable () -> NIODeadline) { self.now = now }

  /// The system's monotonic clock.
  package static let system = LoopClock { .now() }
}

/// The work that a connection may do before the others of its event loop have their turn. Fairness is by time, as the
/// costs of requests differ a thousandfold.
///
/// A turn ends with the first request answered after its time, so it may last longer by one answer; slow answers are
/// computed elsewhere (see ``AnswerCosts``).
package struct Turn {
  /// How long a turn lasts.
  package static let time = TimeAmount.microseconds(500)
  /// The bytes of answers after which a turn also ends: they have to be sent.
  package static let outputShare = 65_536
  /// The number of requests that cost next to nothing between two readings of the clock.
  private static let cheapRequestsPerLook = 16

  private let clock: LoopClock
  private let end: NIODeadline
  private var cheapRequests = 0

  /// Creates a turn that begins now.
  package init(clock: LoopClock) {
    self.clock = clock
    end = clock.now() + Self.time
  }

  /// Returns whether the turn is over after one more request, whose answer is in `output`.
  mutating func isOver(afterCheapRequest isCheap: Bool, with output: ByteBuffer) -> Bool {
    guard output.readableBytes < Self.outputShare else { return true }
    if isCheap, cheapRequests < Self.cheapRequestsPerLook {
      cheapRequests += 1
      return false
    }
    cheapRequests = 0
    return clock.now() >= end
  }
}
