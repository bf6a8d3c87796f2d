import Errors

/// A table of vectors: in each row an id, in the first column, and then its numbers, such as `latent images embed` writes.
/// Delimited or JSON, compressed or not; read row by row, 4 bytes a number.
package struct VectorTable: Sendable {
  /// The file as it was named.
  package let name: String
  /// The ids as they stand in the file.
  package private(set) var ids: [String] = []
  /// The line of each row in the file, from 1.
  package private(set) var lines: [Int] = []
  /// How many numbers a vector has.
  package let width: Int
  /// The vectors one behind the other; all numbers are finite.
  package private(set) var values: [Float] = []

  /// The most numbers of a table: 4 GB.
  package static let numberLimit = 1_000_000_000

  /// Reads the file at `path`, whose first line names the columns. Throws for the first bad line, for a number that is none or
  /// not finite, and for a table without numbers or with more than `widthLimit` columns of them.
  package init(path: String, widthLimit: Int) throws(RatingsFileError) {
    let rows = try NamedRows(path: path, dialect: DialectOptions())
    name = rows.name
    width = rows.header.count - 1
    guard (1...widthLimit).contains(width) else {
      throw RatingsFileError(
        .unknownColumns,
        width == 0
          ? "it has no column of numbers behind that of ids"
          : "it has \(width) columns of numbers, and \(widthLimit) are the most",
        place: FilePlace(file: name, line: 1),
        remedy: "Give a table of an id and its numbers in each row: item,v0,v1,...")
    }
    try rows.forEachRow { (line, bytes, fields) throws(RatingsFileError) in
      guard values.count + width <= Self.numberLimit else {
        throw RatingsFileError(
          .badRequest, "it has more than \(Self.numberLimit) numbers",
          place: FilePlace(file: rows.name, line: line), remedy: "Give shorter vectors.")
      }
      if var fault = FieldText.textFault(bytes, fields[0]) {
        fault.column = 0
        return fault
      }
      ids.append(FieldText.decoded(bytes, fields[0]) ?? "")
      lines.append(line)
      for (column, field) in fields.enumerated().dropFirst() {
        guard let number = DecimalNumber.float(bytes, field), number.isFinite else {
          return LineFault(
            code: .notANumber, problem: "\(FieldText.quoted(bytes, field)) is no finite number",
            remedy: "Give each item a whole vector of numbers, or leave its row out.",
            column: column)
        }
        values.append(number)
      }
      return nil
    }
  }
}
