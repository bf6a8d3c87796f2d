import NIOCore

/// Gives one event loop's connections their turns, and lets the loop look for what has come in
/// between: tasks that are due run before that, so that to be called again "next" is not enough.
final class TurnTaking {
  /// How long turns go on before the loop looks for what has come.
  private static let roundTime = TimeAmount.milliseconds(1)
  /// By then the loop has found no other task due, and looks. Longer only idles.
  static let pause = TimeAmount.microseconds(20)

  /// What turns are measured by.
  let clock: LoopClock
  /// What answers are written to before they are sent, by one connection after the other.
  private var scratch = ByteBuffer()
  private var queue = TurnQueue<any TurnTaker>()
  private var isRoundDue = false

  init(clock: LoopClock) { self.clock = clock }

  /// Has `connection`, which does not wait yet, wait for its turn.
  func add(
    _ connection: any TurnTaker, _ kind: TurnKind, on eventLoop: any EventLoop
  ) {
    queue.add(connection, kind)
    guard !isRoundDue else { return }
    isRoundDue = true
    // Behind what else this look at the sockets brings.
    eventLoop.assumeIsolated().execute { self.takeTurns(on: eventLoop) }
  }

  /// Lends `body` an empty buffer to write answers to.
  func withScratch(_ body: (inout ByteBuffer) -> Void) {
    var buffer = scratch
    // Held once, so that it is known to be nobody else's when it was sent.
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
      // No more than a turn is to last: the system may have had this thread wait meanwhile.
      next.credit.charge(min(now - began, Turn.time), at: now)
    } while now < end
    eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.takeTurns(on: eventLoop) }
  }
}
