/// How the columns of a delimited file are told apart.
package struct Dialect: Equatable, Sendable {
  package var delimiter: Delimiter
  package var quoting: Quoting

  package init(delimiter: Delimiter, quoting: Quoting) {
    self.delimiter = delimiter
    self.quoting = quoting
  }
}

/// What quotes (`"`) mean in a delimited file.
package enum Quoting: String, Sendable, CaseIterable {
  /// Nothing: they stand for themselves, as in the TSV dumps of databases.
  case none
  /// One at the beginning of a column opens what the next one closes; two stand for one (RFC 4180).
  case double
  /// The same, and within them a backslash takes what `"` or `\` mean from the next character.
  case backslash

  /// Whether `byte`, in a quoted column, says that the byte behind it stands for itself.
  func isEscape(_ byte: UInt8, before next: UInt8) -> Bool {
    switch byte {
    case quote: next == quote
    case UInt8(ascii: "\\"):
      self == .backslash && (next == quote || next == UInt8(ascii: "\\"))
    default: false
    }
  }
}
