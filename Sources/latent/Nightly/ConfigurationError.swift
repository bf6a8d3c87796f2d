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

  /// In the order of the file's lines.
  let errors: [ConfigurationError]

  init(errors: [ConfigurationError]) {
    self.errors = errors.map { ($0.line, $0) }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// A line per error, to be printed after `error: `.
  var description: String { errors.map(\.description).joined(separator: "\nerror: ") }
}

extension ConfigurationError {
  /// The line that the place ends with; 0 for an error of the whole file.
  fileprivate var line: Int { place.split(separator: ":").last.flatMap { Int($0) } ?? 0 }
}
