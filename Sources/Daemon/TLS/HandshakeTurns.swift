package import NIOCore

/// The order of the handshakes on an event loop, as they are the costliest thing a stranger can ask for. One step is
/// taken at a time, addresses take turns, and all together use no more than half of the loop's time while others wait.
///
/// A step proceeds at once if nobody waits and the loop has rested. The queue holds at most the connections there are,
/// and those closed since.
package final class HandshakeTurns {
  private let clock: LoopClock
  private let processorTime: () -> TimeAmount
  private let onDelay: () -> Void
  private var waiting = AddressTurns<HandshakeGate>()
  /// When the loop has had enough time for others.
  private var restEnd = NIODeadline.uptimeNanoseconds(0)
  private var isDue = false

  /// Creates the turns of one event loop; `onDelay` is called for each step that has to wait. `processorTime` returns
  /// what the calling thread has used.
  package init(
    clock: LoopClock, processorTime: @escaping () -> TimeAmount, onDelay: @escaping () -> Void
  ) {
    (self.clock, self.processorTime, self.onDelay) = (clock, processorTime, onDelay)
  }

  /// Has `gate`, which must not be queued yet, pass on what it holds when it is its turn: before this returns, if that
  /// is now.
  func add(_ gate: HandshakeGate, on eventLoop: any EventLoop) {
    waiting.add(gate, from: gate.address)
    guard !isDue else { return onDelay() }
    guard clock.now() >= restEnd else {
      onDelay()
      return goOnLater(on: eventLoop)
    }
    takeTurn(on: eventLoop)
  }

  private func takeTurn(on eventLoop: any EventLoop) {
    isDue = false
    // Skips clients that are gone.
    guard let gate = waiting.next(where: { !$0.isOver }) else { return }
    let beginning = processorTime()
    // What arrives meanwhile waits.
    isDue = true
    gate.letThrough()
    isDue = false
    restEnd = clock.now() + (processorTime() - beginning)
    if !waiting.isEmpty { goOnLater(on: eventLoop) }
  }

  private func goOnLater(on eventLoop: any EventLoop) {
    isDue = true
    let rest = max(.zero, restEnd - clock.now())
    eventLoop.assumeIsolated().scheduleTask(in: rest) { self.takeTurn(on: eventLoop) }
  }
}
