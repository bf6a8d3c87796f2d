package import NIOCore

/// The clock that event loops go by; tests bring their own.
package struct LoopClock: Sendable {
  /// The time now.
  package let now: @Sendable () -> NIODeadline

  package init(_ now: @escaping @Sendable () -> NIODeadline) { self.now = now }

  /// The system's monotonic clock.
  package static let system = LoopClock { .now() }
}

/// What one connection may do before the others of its event loop have their turn: fairness goes by
/// time, as requests differ a thousandfold in what they cost.
///
/// A turn ends with the first request that is answered behind its time, so that it may last so much
/// longer as one answer takes; answers that take long are computed elsewhere (see ``AnswerCosts``).
package struct Turn {
  /// How long a turn lasts.
  package static let time = TimeAmount.microseconds(500)
  /// Bytes of answers after which a turn ends too: they have to be sent.
  package static let outputShare = 65_536
  /// Requests that cost next to nothing between two looks at the clock.
  private static let cheapRequestsPerLook = 16

  private let clock: LoopClock
  private let end: NIODeadline
  private var cheapRequests = 0

  /// A turn that begins now.
  package init(clock: LoopClock) {
    self.clock = clock
    end = clock.now() + Self.time
  }

  /// Whether the turn is over after one more request, of which `output` holds the answer.
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
