/// What is known of a file of items before it is looked at; nil is found out.
package struct ItemsFileOptions: Equatable, Sendable {
  package var dialect: DialectOptions
  package var hasHeader: Bool?
  package var columns: ItemsColumns?

  package init(
    _ dialect: DialectOptions = DialectOptions(), hasHeader: Bool? = nil,
    columns: ItemsColumns? = nil
  ) {
    self.dialect = dialect
    self.hasHeader = hasHeader
    self.columns = columns
  }
}
