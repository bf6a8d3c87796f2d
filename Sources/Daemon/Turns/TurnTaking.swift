import NIOCore

/// The scheduler of one event loop's connections. Between rounds it lets the loop look for input: due tasks run before
/// that, so it is not enough to be called again "next".
final class TurnTaking {
  /// How long turns go on before the loop looks for input.
  private static let roundTime = TimeAmount.milliseconds(1)
  /// After this pause the loop has found no other task due, and looks for input. A longer one only idles.
  static let pause = TimeAmount.microseconds(20)

  /// The clock that measures turns.
  let clock: LoopClock
  /// The buffer for answers before they are sent, used by one connection after the other.
  private var scratch = ByteBuffer()
  private var queue = TurnQueue<any TurnTaker>()
  private var isRoundDue = false

  init(clock: LoopClock) { self.clock = clock }

  /// Queues `connection`, which must not be queued yet, for its turn.
  func add(
    _ connection: any TurnTaker, _ kind: TurnKind, on eventLoop: any EventLoop
  ) {
    queue.add(connection, kind)
    guard !isRoundDue else { return }
    isRoundDue = true
    // After everything else that this look at the sockets brings.
    eventLoop.assumeIsolated().execute { self.takeTurns(on: eventLoop) }
  }

  /// Passes an empty buffer for answers to `body`.
  func withScratch(_ body: (inout ByteBuffer) -> Void) {
    var buffer = scratch
    // Referenced once, so that after sending it is known whether it is unique.
    scratch = ByteBuffer()
    body(&buffer)
    scratch = buffer
  }

  private func takeTurns(on eventLoop: any EventLoop) {
    var now = clock.now()
    let end = now + Self.roundTime
    repeat {
      guard let next = queue.next() else {
        isRoundDue = false
        return
      }
      next.takeTurn()
      let began = now
      now = clock.now()
      // Charges no more than a turn's time: the system may have suspended this thread meanwhile.
      next.credit.charge(min(now - began, Turn.time), at: now)
    } while now < end
    eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.takeTurns(on: eventLoop) }
  }
}
