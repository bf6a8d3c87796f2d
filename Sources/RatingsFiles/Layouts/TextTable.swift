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
    let input = try InputFile(path: path, encoding: dialect.encoding)
    let sample = try FileSample(of: input)
    name = sample.name
    guard sample.linesWhenEmpty == nil,
      let columns = try FileColumns(
        of: sample, .items, dialect, hasHeader: sample.isJSON ? nil : true, areNamed: true,
        isHeader: { _, _ in true }), let header = columns.header
    else { throw sample.withoutRecord }
    for (position, name) in header.enumerated() where header[..<position].contains(name) {
      throw RatingsFileError(
        .unknownColumns, "two columns are called \"\(FieldText.shown(name))\"",
        place: FilePlace(file: sample.name, line: 1), remedy: "Give them different names.")
    }
    self.header = header
    let all = Array(header.indices)
    try read(
      columns.format.records(
        of: input, columns: header, needed: all, single: all,
        doubtedColumnCount: dialect.quoting == nil && !sample.isJSON ? header.count : nil,
        chunkSize: 1 << 18), columns.format)
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

  private mutating func read(
    _ records: consuming some RecordSource, _ format: RecordFormat
  ) throws(RatingsFileError) {
    var records = records
    while true {
      switch try records.next() {
      case .end: return
      case .fault(let fault): throw records.error(for: fault, header: header)
      case .record:
        guard records.fields.count == header.count else {
          let fault = LineFault.columnCount(records.fields.count, instead: header.count, format)
          throw records.error(for: fault, header: header)
        }
        guard cells.count + header.count <= Self.cellLimit else {
          throw RatingsFileError(
            .badRequest, "it has more than \(Self.cellLimit) cells",
            place: FilePlace(file: name, line: records.line),
            remedy: "Leave out columns that are not needed, or divide the file.")
        }
        lines.append(records.line)
        for (column, field) in records.fields.enumerated() {
          let bytes = records.bytes.span
          guard var fault = FieldText.textFault(bytes, field) else {
            cells.append(FieldText.decoded(bytes, field) ?? "")
            continue
          }
          fault.column = column
          throw records.error(for: fault, header: header)
        }
      }
    }
  }
}
