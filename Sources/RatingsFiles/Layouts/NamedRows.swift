import Errors

/// The rows of a table with named columns, possibly a single one, read one by one. The file may be delimited
/// or JSON, compressed or not, in any encoding supported for ratings.
struct NamedRows {
  /// The file's name as given.
  let name: String
  /// The column names, which are unique.
  let header: [String]
  private let input: InputFile
  private let columns: FileColumns
  /// The column count used to question a record that spans lines, if the meaning of quotes was guessed; nil
  /// if the dialect specifies it.
  private let doubtedColumnCount: Int?

  /// Opens the file at `path`, whose first line or JSON keys name the columns. Detects what `dialect` leaves
  /// open.
  init(path: String, dialect: DialectOptions) throws(RatingsFileError) {
    input = try InputFile(path: path, encoding: dialect.encoding)
    let sample = try FileSample(of: input)
    name = sample.name
    guard sample.linesWhenEmpty == nil,
      let columns = try FileColumns(
        of: sample, .items, dialect, hasHeader: sample.isJSON ? nil : true, areNamed: true,
        mayBeOne: true, isHeader: { _, _ in true }), let header = columns.header
    else { throw sample.withoutRecord }
    for (position, name) in header.enumerated() where header[..<position].contains(name) {
      throw RatingsFileError(
        .unknownColumns, "two columns are called \"\(FieldText.shown(name))\"",
        place: FilePlace(file: sample.name, line: 1), remedy: "Give them different names.")
    }
    self.header = header
    self.columns = columns
    doubtedColumnCount = dialect.quoting == nil && !sample.isJSON ? header.count : nil
  }

  /// Passes each row to `body`: its line, from 1, and a byte range for each column. Throws for the first
  /// faulty line, and for a fault that `body` finds in a row.
  func forEachRow(
    _ body: (_ line: Int, _ bytes: Span<UInt8>, _ fields: [Range<Int>]) throws(RatingsFileError) ->
      LineFault?
  ) throws(RatingsFileError) {
    let all = Array(header.indices)
    try read(
      columns.format.records(
        of: input, columns: header, needed: all, single: all,
        doubtedColumnCount: doubtedColumnCount, chunkSize: 1 << 18), body)
  }

  private func read(
    _ records: consuming some RecordSource,
    _ body: (_ line: Int, _ bytes: Span<UInt8>, _ fields: [Range<Int>]) throws(RatingsFileError) ->
      LineFault?
  ) throws(RatingsFileError) {
    var records = records
    while true {
      switch try records.next() {
      case .end: return
      case .fault(let fault): throw records.error(for: fault, header: header)
      case .record:
        guard records.fields.count == header.count else {
          let fault = LineFault.columnCount(
            records.fields.count, instead: header.count, columns.format)
          throw records.error(for: fault, header: header)
        }
        if let fault = try body(records.line, records.bytes.span, records.fields) {
          throw records.error(for: fault, header: header)
        }
      }
    }
  }
}
