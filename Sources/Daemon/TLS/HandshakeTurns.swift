package import NIOCore

/// Whose handshake one event loop goes on with, as that is the dearest thing that a stranger can ask for: one step at a time, one
/// address after the other, and in all no more than half of the loop's time while others wait.
///
/// One that finds nobody waiting and the loop rested goes on at once. There are no more that wait than connections, and those that have gone since.
package final class HandshakeTurns {
  private let clock: LoopClock
  private let processorTime: () -> TimeAmount
  private let onDelay: () -> Void
  private var waiting = AddressTurns<HandshakeGate>()
  /// Until when the loop is for others.
  private var restEnd = NIODeadline.uptimeNanoseconds(0)
  private var isDue = false

  /// The turns of one event loop; `onDelay` is called for each that has to wait. `processorTime` is what the calling thread has used.
  package init(
    clock: LoopClock, processorTime: @escaping () -> TimeAmount, onDelay: @escaping () -> Void
  ) {
    (self.clock, self.processorTime, self.onDelay) = (clock, processorTime, onDelay)
  }

  /// Has `gate`, which does not wait yet, let through what it holds when it is its turn: before this returns, if that is now.
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
    // Whose client is still there.
    guard let gate = waiting.next(where: { !$0.isOver }) else { return }
    let beginning = processorTime()
    // What else comes meanwhile waits.
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
