import Errors

/// A whole table of texts with named columns, such as one of images and their labels. The file may be
/// delimited or JSON, compressed or not, in any encoding supported for ratings.
///
/// The table is held in memory: it is meant for a line per file, not per rating.
package struct TextTable: Sendable {
  /// The file's name as given.
  package let name: String
  /// The column names, which are unique.
  package let header: [String]
  /// The line of each row in the file, from 1.
  package private(set) var lines: [Int] = []
  /// All cells, in row-major order.
  private var cells: [String] = []

  /// The maximum number of cells.
  package static let cellLimit = 50_000_000

  /// Reads the file at `path`, whose first line or JSON keys name the columns. Detects what `dialect` leaves
  /// open. Throws for the first faulty line.
  package init(path: String, dialect: DialectOptions = DialectOptions()) throws(RatingsFileError) {
    let rows = try NamedRows(path: path, dialect: dialect)
    name = rows.name
    header = rows.header
    try rows.forEachRow { (line, bytes, fields) throws(RatingsFileError) in
      guard cells.count + fields.count <= Self.cellLimit else {
        throw RatingsFileError(
          .badRequest, "it has more than \(Self.cellLimit) cells",
          place: FilePlace(file: rows.name, line: line),
          remedy: "Remove columns that are not needed, or split the file.")
      }
      lines.append(line)
      for (column, field) in fields.enumerated() {
        guard var fault = FieldText.textFault(bytes, field) else {
          cells.append(FieldText.decoded(bytes, field) ?? "")
          continue
        }
        fault.column = column
        return fault
      }
      return nil
    }
  }

  /// The number of rows.
  package var rowCount: Int { lines.count }

  /// The cell of a row, from 0, and a column.
  package subscript(row: Int, column: Int) -> String { cells[row * header.count + column] }

  /// The correction that empties a cell.
  package static let none = "(none)"

  /// Replaces the cells of `column` by those of the column `corrections`, in each row where the latter is not
  /// empty; ``none`` empties the cell.
  package mutating func correct(_ column: Int, by corrections: Int) {
    for row in 0..<rowCount {
      let correction = self[row, corrections]
      guard !correction.allSatisfy(\.isWhitespace) else { continue }
      cells[row * header.count + column] = correction == Self.none ? "" : correction
    }
  }
}
