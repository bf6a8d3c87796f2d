import Errors
import Foundation

/// A log file that can be reopened under its name: a log rotation renames the file and sends SIGHUP.
package final class LogFile: Sendable {
  /// The descriptor that lines are written to, which never changes.
  package let descriptor: CInt
  private let path: String

  /// Opens the file at `path` to append to it, or creates it for its owner, and for its group to read.
  package init(_ path: String) throws(DaemonError) {
    self.path = path
    descriptor = try Self.open(path)
  }

  deinit { close(descriptor) }

  /// Reopens the file at the path in place of the open one: no line is lost, or written to both.
  package func reopen() throws(DaemonError) {
    let new = try Self.open(path)
    defer { close(new) }
    guard dup2(new, descriptor) >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
      throw Self.failure("dup2", path)
    }
  }

  private static func open(_ path: String) throws(DaemonError) -> CInt {
    let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw failure("open", path) }
    return descriptor
  }

  private static func failure(_ call: String, _ path: String) -> DaemonError {
    let number = errno
    return DaemonError(
      .badLogFile, "the log can't be written there: \(call): \(SystemError(number))", place: path,
      remedy: "Name a file in a folder that this user may write to.")
  }
}
