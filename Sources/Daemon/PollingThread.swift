import Foundation
import Synchronization

/// A dedicated thread that looks for something to do at an interval, until it is told to stop.
///
/// A thread and not a task, so that nothing waits for a pool's thread between looks: the monitor of libdispatch's
/// pools, on which tasks run, ends the process if it can't open a file.
final class PollingThread: Sendable {
  private let isStoppedNow = Atomic(false)

  /// Whether the thread was told to stop.
  var isStopped: Bool { isStoppedNow.load(ordering: .relaxed) }

  /// Starts the thread, called `name`, with `body`, which ends with ``poll(every:_:)``.
  func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread {
      ThreadPriority.letEventLoopsGoFirst()
      body()
    }
    thread.name = name
    thread.start()
  }

  /// Calls `look`, and again after each `interval`, until the thread is told to stop. On the thread alone.
  func poll(every interval: Duration, _ look: () -> Void) {
    repeat {
      look()
      // Keeps time when the time of day is set back, unlike Dispatch's timed waits, which then last for hours.
      usleep(UInt32(interval / .microseconds(1)))
    } while !isStopped
  }

  /// Ends the thread after its current work, without waiting for that.
  func stop() { isStoppedNow.store(true, ordering: .relaxed) }
}
