import Errors
import Foundation
import Synchronization

/// A line that is typed at the terminal of standard input, which shows nothing of it meanwhile, as readpassphrase(3) has it.
///
/// Whatever ends or stops the program (Ctrl-C, Ctrl-Z, a hang-up) finds the terminal as it was before, and does what it does to any program; when
/// it goes on, the line is asked for anew.
enum HiddenTyping {
  /// What `read` reads when the person has typed a line behind `prompt`.
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
      // It ends here, or is stopped and goes on.
      kill(getpid(), caught)
    }
  }
}

/// A terminal that shows nothing of what is typed.
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

  /// Has it show again what is typed, and forget what was not read.
  func restore() {
    var settings = usual
    while tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) != 0, errno == EINTR {}
  }

  private static func failure() -> CommandFailure {
    CommandFailure(
      "the terminal can't be made to hide what is typed: \(SystemError())",
      remedy: "Give the password on standard input.")
  }
}

/// Signals that would end or stop the program, kept until they are asked for.
private final class CaughtSignals {
  private static let numbers = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP]
  /// Where the handler writes what came.
  private static let pipeEnd = Atomic<CInt>(-1)

  private var ends: [CInt] = [-1, -1]
  private var usual: [sigaction] = []

  init() throws {
    guard pipe(&ends) == 0 else {
      throw CommandFailure(
        "no pipe can be made: \(SystemError())", remedy: "Allow more open files (ulimit -n).")
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

  /// Waits until a line is there, and returns 0, or the signal that came before.
  func waitForInput() -> CInt {
    var events = [STDIN_FILENO, ends[0]].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&events, nfds_t(events.count), -1) < 0, errno == EINTR {}
    return next()
  }

  /// A signal that came and was not asked for; 0 where none did.
  private func next() -> CInt {
    var byte: UInt8 = 0
    return read(ends[0], &byte, 1) == 1 ? CInt(byte) : 0
  }

  /// Lets signals do what they do usually, and returns one that has come since it was waited for, or 0.
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
