/// What is known of how a file is written before it is looked at; nil is found out.
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
