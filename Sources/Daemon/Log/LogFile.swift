import Errors
import Foundation

/// A file that the log is written to, which can be opened again under its name: whoever rotates logs renames the file
/// and sends SIGHUP.
package final class LogFile: Sendable {
  /// What lines are written to, all the time.
  package let descriptor: CInt
  private let path: String

  /// Opens the file at `path` to write behind what it holds, or makes it for its owner, and its group to read.
  package init(_ path: String) throws(DaemonError) {
    self.path = path
    descriptor = try Self.open(path)
  }

  deinit { close(descriptor) }

  /// Opens the file at the path again, in place of the one that is open: not a line is lost, or written to both.
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
