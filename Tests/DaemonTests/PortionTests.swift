import Daemon
import NIOCore
import Synchronization
import Testing

/// How much of a long task is done before others get a turn.
struct PortionTests {
  @Test func itEndsByTheClock() {
    let time = Mutex(TimeAmount.zero)
    var portion = Portion(clock: LoopClock { .uptimeNanoseconds(0) + time.withLock { $0 } })
    #expect(!portion.isOver)
    portion.countOne()
    #expect(!portion.isOver)
    time.withLock { $0 = Turn.time }
    #expect(portion.isOver)
  }

  /// However long it takes, one step is done.
  @Test func oneIsDoneInAnyCase() {
    let time = Mutex(TimeAmount.zero)
    var portion = Portion(clock: LoopClock { .uptimeNanoseconds(0) + time.withLock { $0 } })
    time.withLock { $0 = .seconds(1) }
    #expect(!portion.isOver)
    portion.countOne()
    #expect(portion.isOver)
  }

  @Test func itEndsByNumber() {
    var portion = Portion(clock: LoopClock { .uptimeNanoseconds(0) })
    for _ in 0..<Portion.count {
      #expect(!portion.isOver)
      portion.countOne()
    }
    #expect(portion.isOver)
  }
}
