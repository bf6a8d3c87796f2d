import Foundation
import Logging
import Synchronization

/// Log lines on their way to a stream: whoever logs never waits for the stream's reader.
///
/// A thread of the queue's own writes them. If the reader is slow for so long that the queue is full, further lines are
/// dropped and counted; a line reports how many once the stream takes one again. What a stream refuses for good, such
/// as a closed one, is also dropped.
package final class LogQueue: Sendable {
  private struct State {
    var lines: [String] = []
    var byteCount = 0
    var droppedCount = 0
    /// Dropped lines not reported yet.
    var untoldCount = 0
    var isOver = false

    mutating func drop() {
      droppedCount += 1
      untoldCount += 1
    }
  }

  private let descriptor: CInt
  private let label: String
  private let format: LogFormat
  private let lineLimit: Int
  private let byteLimit: Int
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)
  private let end = DispatchSemaphore(value: 0)

  /// Creates a queue of at most `lineLimit` lines and `byteLimit` bytes to the stream `descriptor`, which stays the
  /// caller's and must stay open. `label` names the program in the queue's own lines; `format` is that of all lines.
  package init(
    to descriptor: CInt, label: String, format: LogFormat = .text, lineLimit: Int = 1024,
    byteLimit: Int = 1 << 18
  ) {
    precondition(lineLimit > 0 && byteLimit > 0, "a queue has room for a line")
    self.descriptor = descriptor
    self.label = label
    self.format = format
    self.lineLimit = lineLimit
    self.byteLimit = byteLimit
    let thread = Thread { [self] in
      while writeWhatHasCome() {}
      end.signal()
    }
    thread.name = "log"
    thread.start()
  }

  /// The number of lines dropped so far.
  package var droppedCount: Int { state.withLock { $0.droppedCount } }

  /// Adds `line`, or drops it if there is no room. Never waits.
  func append(_ line: LogLine) { append(line.written(as: format)) }

  /// Adds a line, which ends with a line feed, or drops it if there is no room. Never waits.
  package func append(_ line: String) {
    let isTaken = state.withLock { state in
      let length = line.utf8.count
      guard !state.isOver, state.lines.count < lineLimit, state.byteCount + length <= byteLimit
      else {
        state.drop()
        return false
      }
      state.lines.append(line)
      state.byteCount += length
      return true
    }
    if isTaken { arrivals.signal() }
  }

  /// Accepts no more lines, and waits until the queued ones are written, for `limit` at the most: a reader that has
  /// stopped does not delay the end of the program. Returns whether they are written; may be called again only if they
  /// are not.
  @discardableResult
  package func finish(within limit: Duration) -> Bool {
    state.withLock { $0.isOver = true }
    arrivals.signal()
    return end.wait(timeout: .now() + limit / .seconds(1)) == .success
  }

  /// Waits for lines and writes them; returns false once there will be no more.
  private func writeWhatHasCome() -> Bool {
    arrivals.wait()
    let (lines, untoldCount, isOver) = state.withLock { state in
      defer { (state.lines, state.byteCount, state.untoldCount) = ([], 0, 0) }
      return (state.lines, state.untoldCount, state.isOver)
    }
    for line in lines where !write(line) { state.withLock { $0.drop() } }
    // They were dropped while the queue was full of the lines written just now.
    if untoldCount > 0 { tell(ofDropped: untoldCount) }
    return !isOver
  }

  private func tell(ofDropped count: Int) {
    let what = count == 1 ? "1 log line was dropped" : "\(count) log lines were dropped"
    let line = LogLine(
      level: .warning, label: label, source: "Daemon",
      message: "\(what): writing to the log stream was too slow or failed")
    if !write(line.written(as: format)) { state.withLock { $0.untoldCount += count } }
  }

  /// Writes the whole `line`; returns false if the stream does not take it.
  private func write(_ line: String) -> Bool {
    var line = line
    return line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if written > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if written < 0, errno == EAGAIN {
          // Another holder of the stream has made it non-blocking.
          var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&state, 1, -1)
        } else if written == 0 || errno != EINTR {
          return false
        }
      }
      return true
    }
  }
}
