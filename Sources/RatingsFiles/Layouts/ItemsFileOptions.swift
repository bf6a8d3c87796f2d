/// The specified properties of a file of items; nil properties are detected.
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
