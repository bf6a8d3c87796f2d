import Errors

/// Which columns of a file of items hold what, as the command line gives it.
package struct ItemsColumns: Equatable, Sendable {
  package var id: RatingsColumns.Column
  /// nil when items have no titles.
  package var title: RatingsColumns.Column?
  /// The attributes that are read, by name.
  package var attributes: [(name: String, column: RatingsColumns.Column)]

  /// Reads `id=book_id,title=original_title,genre=genres,author=5`: id must be there, what is neither id
  /// nor title is an attribute of that name, and what is left out is not read.
  package init(_ text: String) throws(RatingsFileError) {
    var columns: [(name: String, column: RatingsColumns.Column)] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let equals = part.firstIndex(of: "="), equals > part.startIndex else {
        throw Self.malformed(text, "\"\(part)\" is not NAME=COLUMN")
      }
      let name = String(part[..<equals])
      let column = String(part[part.index(after: equals)...])
      guard !column.isEmpty else { throw Self.malformed(text, "\"\(part)\" names no column") }
      guard !columns.contains(where: { $0.name == name && ["id", "title"].contains(name) }) else {
        throw Self.malformed(text, "\(name) is there twice")
      }
      guard Int(column) ?? 1 > 0 else {
        throw Self.malformed(text, "columns are counted from 1")
      }
      columns.append((name, Int(column).map { .number($0) } ?? .name(column)))
    }
    guard let id = columns.first(where: { $0.name == "id" })?.column else {
      throw Self.malformed(text, "id must be there")
    }
    self.id = id
    title = columns.first { $0.name == "title" }?.column
    attributes = columns.filter { !["id", "title"].contains($0.name) }
  }

  /// Whether any column is pointed at by its name, which needs a header.
  var useNames: Bool {
    ([id] + [title].compactMap(\.self) + attributes.map(\.column)).contains {
      if case .name = $0 { true } else { false }
    }
  }

  package static func == (left: ItemsColumns, right: ItemsColumns) -> Bool {
    left.id == right.id && left.title == right.title
      && left.attributes.elementsEqual(right.attributes) {
        $0.name == $1.name && $0.column == $1.column
      }
  }

  private static func malformed(_ text: String, _ problem: String) -> RatingsFileError {
    RatingsFileError(
      .badRequest, problem, place: FilePlace(file: "columns of items \(text)"),
      remedy: "Write such as id=item_id,title=name,genre=genres, or numbers.")
  }
}
