import Foundation
import Synchronization

/// A thread of its own that looks for something to do every so often, until it is told to stop.
///
/// A thread and not a task, so that between looks nothing waits for a thread of a pool: the monitor of libdispatch's pools, on which tasks
/// run, ends the process where it can't open a file.
final class PollingThread: Sendable {
  private let isStoppedNow = Atomic(false)

  /// Whether nothing further is to be done.
  var isStopped: Bool { isStoppedNow.load(ordering: .relaxed) }

  /// Starts the thread, called `name`, with what it does, which ends with ``poll(every:_:)``.
  func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread {
      ThreadPriority.letEventLoopsGoFirst()
      body()
    }
    thread.name = name
    thread.start()
  }

  /// Has `look` look, and again after each `interval`, until the thread is told to stop. On the thread alone.
  func poll(every interval: Duration, _ look: () -> Void) {
    repeat {
      look()
      // Goes on in time when the time of day is set back, unlike Dispatch's waits with a limit, which last for hours then.
      usleep(UInt32(interval / .microseconds(1)))
    } while !isStopped
  }

  /// Has it end after what it is at, which is not waited for.
  func stop() { isStoppedNow.store(true, ordering: .relaxed) }
}
