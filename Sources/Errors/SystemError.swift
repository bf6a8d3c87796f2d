import Foundation

/// What the system says of a failed call, read at once behind it:
///
///     guard mkdir(path, 0o755) == 0 else { throw failure(SystemError().description) }
package struct SystemError: CustomStringConvertible, Sendable {
  /// The system's number for it: `ENOENT`, `EACCES`.
  package let number: Int32

  /// The error that `number` stands for; without one that of the last call.
  package init(_ number: Int32 = errno) { self.number = number }

  /// The system's words for it.
  package var description: String { String(cString: strerror(number)) }

  /// What to do where a limit or a right is at fault, else `other`.
  package func remedy(else other: String) -> String {
    switch number {
    case EMFILE, ENFILE:
      "Allow more open files (ulimit -n), or use fewer files at a time."
    case EACCES:
      "Give the user \(SystemUser.ofProcess) the right to it, and to enter the folders that it is in."
    default: other
    }
  }
}
