/// The columns of a file of items, as specified on the command line.
package struct ItemsColumns: Equatable, Sendable {
  /// An attribute to read, and its column.
  struct Attribute: Equatable {
    let name: String
    let column: ColumnReference
  }

  let id: ColumnReference
  /// nil if items have no titles.
  let title: ColumnReference?
  let attributes: [Attribute]

  /// Parses `id=book_id,title=original_title,genre=genres,author=5`. The id is required; any key but id and
  /// title names an attribute. Unlisted columns are not read.
  package init(_ text: String) throws(RatingsFileError) {
    let columns = try ColumnReference.list(text, of: .items)
    for name in ["id", "title"] where columns.count(where: { $0.name == name }) > 1 {
      throw ColumnReference.malformed(text, of: .items, "\(name) is given twice")
    }
    guard let id = columns.first(where: { $0.name == "id" })?.column else {
      throw ColumnReference.malformed(text, of: .items, "id is required")
    }
    self.id = id
    title = columns.first { $0.name == "title" }?.column
    attributes = columns.filter { !["id", "title"].contains($0.name) }.map {
      Attribute(name: $0.name, column: $0.column)
    }
  }

  /// Whether any column is referred to by name, which requires a header.
  var useNames: Bool {
    ([id] + [title].compactMap(\.self) + attributes.map(\.column)).contains(where: \.isName)
  }
}
