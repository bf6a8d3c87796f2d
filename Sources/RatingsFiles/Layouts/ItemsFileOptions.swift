/// What is known of a file of items before it is looked at; nil is found out.
package struct ItemsFileOptions: Equatable, Sendable {
  package var delimiter: Delimiter?
  package var quoting: Quoting?
  package var encoding: TextEncoding?
  package var columns: ItemsColumns?

  package init(
    delimiter: Delimiter? = nil, quoting: Quoting? = nil, encoding: TextEncoding? = nil,
    columns: ItemsColumns? = nil
  ) {
    self.delimiter = delimiter
    self.quoting = quoting
    self.encoding = encoding
    self.columns = columns
  }
}
