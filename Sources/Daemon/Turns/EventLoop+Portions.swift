import NIOCore

extension EventLoop {
  /// Does `work` with each of `elements`, in portions between which others of the event loop have their turn, and then
  /// calls `done`. Must be called on the event loop.
  func inPortions<Element>(
    _ elements: ArraySlice<Element>, clock: LoopClock, _ work: @escaping (Element) -> Void,
    then done: @escaping () -> Void = {}
  ) {
    var portion = Portion(clock: clock)
    var rest = elements
    while !portion.isOver, let next = rest.popFirst() {
      work(next)
      portion.countOne()
    }
    guard !rest.isEmpty else { return done() }
    assumeIsolated().scheduleTask(in: TurnTaking.pause) { [rest] in
      self.inPortions(rest, clock: clock, work, then: done)
    }
  }
}

/// The share of a long piece of work done while others of the event loop wait. It is limited by number and by time, as
/// costs can differ a thousandfold.
package struct Portion {
  /// The maximum number of elements, if they take no longer than a turn.
  package static let count = 64

  private let clock: LoopClock
  private let end: NIODeadline
  private var doneCount = 0

  /// Creates a portion that begins now.
  package init(clock: LoopClock) {
    self.clock = clock
    end = clock.now() + Turn.time
  }

  /// Counts one element that is done.
  package mutating func countOne() { doneCount += 1 }

  /// Whether the rest has to wait; one element is done in any case.
  package var isOver: Bool {
    doneCount >= Self.count || doneCount > 0 && clock.now() >= end
  }
}
