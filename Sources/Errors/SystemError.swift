import Foundation

/// The system's error for a failed call, to be read right after the call:
///
///     guard mkdir(path, 0o755) == 0 else { throw failure(SystemError().description) }
package struct SystemError: CustomStringConvertible, Sendable {
  /// The error number (`errno`): `ENOENT`, `EACCES`.
  package let number: Int32

  /// Creates the error for `number`, by default that of the last failed call.
  package init(_ number: Int32 = errno) { self.number = number }

  /// The system's description of the error.
  package var description: String { String(cString: strerror(number)) }

  /// Returns the remedy for an exhausted limit or a missing permission, or else `other`.
  package func remedy(else other: String) -> String {
    switch number {
    case EMFILE, ENFILE:
      "Allow more open files (ulimit -n), or use fewer files at a time."
    case EACCES:
      "Give the user \(SystemUser.ofProcess) access to it and to the folders that contain it."
    default: other
    }
  }
}
