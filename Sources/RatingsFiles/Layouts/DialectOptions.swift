/// The specified properties of a delimited file's dialect; nil properties are detected.
package struct DialectOptions: Equatable, Sendable {
  package var delimiter: Delimiter?
  package var quoting: Quoting?
  package var encoding: TextEncoding?

  package init(
    delimiter: Delimiter? = nil, quoting: Quoting? = nil, encoding: TextEncoding? = nil
  ) {
    self.delimiter = delimiter
    self.quoting = quoting
    self.encoding = encoding
  }
}
