/// Which columns of a file of items hold what, as the command line gives it.
package struct ItemsColumns: Equatable, Sendable {
  /// An attribute that is read, and from where.
  struct Attribute: Equatable {
    let name: String
    let column: ColumnReference
  }

  let id: ColumnReference
  /// nil when items have no titles.
  let title: ColumnReference?
  let attributes: [Attribute]

  /// Reads `id=book_id,title=original_title,genre=genres,author=5`: id must be there, what is neither id
  /// nor title is an attribute of that name, and what is left out is not read.
  package init(_ text: String) throws(RatingsFileError) {
    let columns = try ColumnReference.list(text, of: .items)
    for name in ["id", "title"] where columns.count(where: { $0.name == name }) > 1 {
      throw ColumnReference.malformed(text, of: .items, "\(name) is there twice")
    }
    guard let id = columns.first(where: { $0.name == "id" })?.column else {
      throw ColumnReference.malformed(text, of: .items, "id must be there")
    }
    self.id = id
    title = columns.first { $0.name == "title" }?.column
    attributes = columns.filter { !["id", "title"].contains($0.name) }.map {
      Attribute(name: $0.name, column: $0.column)
    }
  }

  /// Whether any column is pointed at by its name, which needs a header.
  var useNames: Bool {
    ([id] + [title].compactMap(\.self) + attributes.map(\.column)).contains(where: \.isName)
  }
}
