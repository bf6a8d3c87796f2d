import Errors

/// An error in a configuration file: the place, the problem, and the remedy.
typealias ConfigurationError = ExplainedError<ConfigurationErrorCode>

/// The kinds of failure of a ``ConfigurationError``.
enum ConfigurationErrorCode: String, ErrorCode {
  /// The file can't be read, or is too large.
  case unreadable
  /// The file is not valid TOML.
  case notTOML
  /// There is no such key or table, or it is in the wrong place.
  case unknownKey
  /// The value does not have the key's type.
  case wrongType
  /// The command rejects the value, or its combination with others.
  case badValue
}

/// All errors in a configuration file.
struct BadConfiguration: Error, CustomStringConvertible {
  /// The exit code, which is that of bad usage.
  static let exitCode: Int32 = 64

  let errors: [ConfigurationError]

  /// A line per error, to be printed after `error: `.
  var description: String { errors.map(\.description).joined(separator: "\nerror: ") }
}
