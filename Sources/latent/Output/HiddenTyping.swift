import Errors
import Foundation
import Synchronization

/// A line typed at the terminal of standard input without echo, like readpassphrase(3).
///
/// A signal that ends or stops the program (Ctrl-C, Ctrl-Z, a hang-up) takes its usual effect after the terminal's
/// settings are restored. When the program continues, it prompts again.
enum HiddenTyping {
  /// Shows `prompt`, waits for a line, and returns what `read` reads.
  static func line(_ prompt: String, _ read: () throws -> String) throws -> String {
    while true {
      let signals = try CaughtSignals()
      var caught: CInt = 0
      var line: String?
      do {
        defer {
          let last = signals.release()
          if caught == 0 { caught = last }
        }
        let terminal = try SilentTerminal()
        defer {
          terminal.restore()
          StandardError.write("\n")
        }
        StandardError.write(prompt)
        caught = signals.waitForInput()
        if caught == 0 { line = try read() }
      }
      if caught == 0, let line { return line }
      // The program ends here, or is stopped and continues later.
      kill(getpid(), caught)
    }
  }
}

/// A terminal without echo.
private struct SilentTerminal {
  private let usual: termios

  init() throws {
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw Self.failure() }
    usual = settings
    settings.c_lflag &= ~tcflag_t(ECHO)
    while tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) != 0 {
      guard errno == EINTR else { throw Self.failure() }
    }
  }

  /// Restores the echo, and discards unread input.
  func restore() {
    var settings = usual
    while tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) != 0, errno == EINTR {}
  }

  private static func failure() -> CommandFailure {
    CommandFailure(
      "the terminal can't hide what is typed: \(SystemError())",
      remedy: "Give the password on standard input.")
  }
}

/// Signals that would end or stop the program, held back until they are queried.
private final class CaughtSignals {
  private static let numbers = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP]
  /// The pipe that the handler writes signal numbers to.
  private static let pipeEnd = Atomic<CInt>(-1)

  private var ends: [CInt] = [-1, -1]
  private var usual: [sigaction] = []

  init() throws {
    guard pipe(&ends) == 0 else {
      throw CommandFailure(
        "no pipe can be created: \(SystemError())", remedy: "Allow more open files (ulimit -n).")
    }
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    Self.pipeEnd.store(ends[1], ordering: .sequentiallyConsistent)
    for number in Self.numbers {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let before = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(CaughtSignals.pipeEnd.load(ordering: .sequentiallyConsistent), &byte, 1)
        errno = before
      }
      var old = sigaction()
      sigaction(number, &action, &old)
      usual.append(old)
    }
  }

  /// Waits for input and returns 0, or returns the signal that arrived first.
  func waitForInput() -> CInt {
    var events = [STDIN_FILENO, ends[0]].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&events, nfds_t(events.count), -1) < 0, errno == EINTR {}
    return next()
  }

  /// Returns the next signal that arrived; 0 if there is none.
  private func next() -> CInt {
    var byte: UInt8 = 0
    return read(ends[0], &byte, 1) == 1 ? CInt(byte) : 0
  }

  /// Restores the signals' usual effects, and returns a signal that arrived after the wait, or 0.
  func release() -> CInt {
    for (number, old) in zip(Self.numbers, usual) {
      var old = old
      sigaction(number, &old, nil)
    }
    Self.pipeEnd.store(-1, ordering: .sequentiallyConsistent)
    defer { for end in ends { close(end) } }
    return next()
  }
}
