import Errors

/// What is wrong with a configuration: where, and what is wanted there.
typealias ConfigurationError = ExplainedError<ConfigurationErrorCode>

/// The kinds of failure of a ``ConfigurationError``.
enum ConfigurationErrorCode: String, ErrorCode {
  /// The file can't be read, or is too large.
  case unreadable
  /// The file is no TOML.
  case notTOML
  /// There is no such key or table, or not there.
  case unknownKey
  /// The value is of another type than the key takes.
  case wrongType
  /// The command does not take the value, or not with the others.
  case badValue
}

/// All that is wrong with a configuration.
struct BadConfiguration: Error, CustomStringConvertible {
  /// That of bad usage.
  static let exitCode: Int32 = 64

  let errors: [ConfigurationError]

  /// A line for each, as they are printed behind `error: `.
  var description: String { errors.map(\.description).joined(separator: "\nerror: ") }
}
