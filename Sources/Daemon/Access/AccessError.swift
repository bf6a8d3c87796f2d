package import Errors

/// Why users or certificates can't be taken up: what, where, and what to do about it.
package typealias AccessError = ExplainedError<AccessErrorCode>

/// The kinds of failure of an ``AccessError``.
package enum AccessErrorCode: String, ErrorCode {
  /// A file that is needed is not there, or can't be read or written.
  case unreadable
  /// Others than its owner and group could read a file, or change it.
  case exposed
  /// A line of the users' file says nothing sensible.
  case badUsers
  /// A certificate or key is none, or they don't belong together.
  case badCertificate
}
