import Errors

/// A table of vectors: each row has an id in the first column, then the vector's numbers, as written by
/// `latent images embed`. The file may be delimited or JSON, compressed or not. It is read row by row; a
/// number takes 4 bytes.
package struct VectorTable: Sendable {
  /// The file's name as given.
  package let name: String
  /// The ids as written in the file.
  package private(set) var ids: [String] = []
  /// The line of each row in the file, from 1.
  package private(set) var lines: [Int] = []
  /// The dimension of the vectors.
  package let width: Int
  /// The concatenated vectors; all numbers are finite.
  package private(set) var values: [Float] = []

  /// The maximum number of values: 4 GB.
  package static let numberLimit = 1_000_000_000

  /// Reads the file at `path`, whose first line names the columns. Throws for the first faulty line, for a
  /// value that is not a finite number, and for a table without numeric columns or with more than
  /// `widthLimit`.
  package init(path: String, widthLimit: Int) throws(RatingsFileError) {
    let rows = try NamedRows(path: path, dialect: DialectOptions())
    name = rows.name
    width = rows.header.count - 1
    guard (1...widthLimit).contains(width) else {
      throw RatingsFileError(
        .unknownColumns,
        width == 0
          ? "it has no column of numbers after the id column"
          : "it has \(width) columns of numbers; the maximum is \(widthLimit)",
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
            code: .notANumber, problem: "\(FieldText.quoted(bytes, field)) is not a finite number",
            remedy: "Give each item a complete vector of numbers, or remove its row.",
            column: column)
        }
        values.append(number)
      }
      return nil
    }
  }
}
