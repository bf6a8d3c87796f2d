import Errors

/// A whole table of texts with a name for each column, such as one of images and their labels: delimited or
/// JSON, compressed or not, in any encoding that ratings are read in.
///
/// It stands in memory: for tables with a line for each file, not for each rating.
package struct TextTable: Sendable {
  /// The file as it was named.
  package let name: String
  /// The columns' names. No two are the same.
  package let header: [String]
  /// The line of each row in the file, from 1.
  package private(set) var lines: [Int] = []
  /// All cells, row by row.
  private var cells: [String] = []

  /// The most cells of a table.
  package static let cellLimit = 50_000_000

  /// Reads the file at `path`, whose first line names the columns, as JSON's keys do. What `dialect` leaves open
  /// is found out. Throws for the first bad line.
  package init(path: String, dialect: DialectOptions = DialectOptions()) throws(RatingsFileError) {
    let rows = try NamedRows(path: path, dialect: dialect)
    name = rows.name
    header = rows.header
    try rows.forEachRow { (line, bytes, fields) throws(RatingsFileError) in
      guard cells.count + fields.count <= Self.cellLimit else {
        throw RatingsFileError(
          .badRequest, "it has more than \(Self.cellLimit) cells",
          place: FilePlace(file: rows.name, line: line),
          remedy: "Leave out columns that are not needed, or divide the file.")
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

  /// How many rows there are.
  package var rowCount: Int { lines.count }

  /// The cell of a row, from 0, and a column.
  package subscript(row: Int, column: Int) -> String { cells[row * header.count + column] }

  /// What a correction says for an empty cell.
  package static let none = "(none)"

  /// Puts what stands in the column `corrections` in the place of the cells of `column`, in each row where it is filled;
  /// ``none`` empties the cell.
  package mutating func correct(_ column: Int, by corrections: Int) {
    for row in 0..<rowCount {
      let correction = self[row, corrections]
      guard !correction.allSatisfy(\.isWhitespace) else { continue }
      cells[row * header.count + column] = correction == Self.none ? "" : correction
    }
  }
}
