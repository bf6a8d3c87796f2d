package import Errors

/// An error that keeps users or certificates from being loaded: what, where, and what to do about it.
package typealias AccessError = ExplainedError<AccessErrorCode>

/// The kinds of failure of an ``AccessError``.
package enum AccessErrorCode: String, ErrorCode {
  /// A required file is missing, or can't be read or written.
  case unreadable
  /// A file is readable by others than its owner and group, or writable by others than its owner.
  case exposed
  /// A line of the users file is malformed.
  case badUsers
  /// A certificate or key is invalid, or the two don't belong together.
  case badCertificate
}
