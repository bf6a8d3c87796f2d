import NIOCore

extension EventLoop {
  /// Does `work` with each of `elements`, in portions between which others of the event loop have their turn, and then calls
  /// `done`. To be called on the event loop.
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

/// As much of a long work as is done while others of the event loop wait: by number, and by time, as what is done can differ a
/// thousandfold in what it costs.
package struct Portion {
  /// The most that is done, where it takes no longer than a turn.
  package static let count = 64

  private let clock: LoopClock
  private let end: NIODeadline
  private var doneCount = 0

  /// One that begins now.
  package init(clock: LoopClock) {
    self.clock = clock
    end = clock.now() + Turn.time
  }

  /// Counts one thing that was done.
  package mutating func countOne() { doneCount += 1 }

  /// Whether the rest has to wait; one thing is done in any case.
  package var isOver: Bool {
    doneCount >= Self.count || doneCount > 0 && clock.now() >= end
  }
}
