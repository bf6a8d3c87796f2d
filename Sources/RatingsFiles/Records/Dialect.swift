/// The dialect of a delimited file.
package struct Dialect: Equatable, Sendable {
  package var delimiter: Delimiter
  package var quoting: Quoting

  package init(delimiter: Delimiter, quoting: Quoting) {
    self.delimiter = delimiter
    self.quoting = quoting
  }
}

/// The meaning of quotes (`"`) in a delimited file.
package enum Quoting: String, Sendable, CaseIterable {
  /// Quotes are literal, as in the TSV dumps of databases.
  case none
  /// A quote at the start of a column opens it and the next one closes it; two stand for one (RFC 4180).
  case double
  /// The same, and within quotes a backslash escapes a `"` or `\`.
  case backslash

  /// Returns whether `byte`, in a quoted column, escapes the byte after it.
  func isEscape(_ byte: UInt8, before next: UInt8) -> Bool {
    switch byte {
    case quote: next == quote
    case UInt8(ascii: "\\"):
      self == .backslash && (next == quote || next == UInt8(ascii: "\\"))
    default: false
    }
  }
}
