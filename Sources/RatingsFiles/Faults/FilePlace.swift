/// A location in a file, as precise as is known.
package struct FilePlace: Equatable, Sendable, CustomStringConvertible {
  /// The file's name as given, or `standard input` for `-`.
  package var file: String
  /// The line, from 1, counting every line end, including those inside quotes.
  package var line: Int?
  /// The column, from 1.
  package var column: Int?
  /// The column's name, if the file has a header.
  package var columnName: String?

  package init(file: String, line: Int? = nil, column: Int? = nil, columnName: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.columnName = columnName
  }

  /// Creates the place of the column at `position`, from 0, in a file with this header.
  init(file: String, line: Int, position: Int?, header: [String]?) {
    let names = header ?? []
    self.init(
      file: file, line: line, column: position.map { $0 + 1 },
      columnName: position.flatMap { names.indices.contains($0) ? names[$0] : nil })
  }

  package var description: String {
    var text = file
    if let line { text += ", line \(line)" }
    if let column { text += ", column \(column)" }
    if let columnName { text += " (\(columnName))" }
    return text
  }
}
