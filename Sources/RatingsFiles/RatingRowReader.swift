import Errors
import Ratings

/// Reads a file of ratings row by row, bad lines among them.
struct RatingRowReader {
  /// What ``next()`` came upon.
  enum Event {
    /// A rating, its ids still bytes of ``buffer``.
    case row(RatingRowParser.Row)
    case badLine(RatingsFileError)
    case end
  }

  /// The line that names the columns, as it stands in the file, when there is one.
  let headerLine: [UInt8]?
  private var records: RecordReader
  private let parser: RatingRowParser

  /// Reads on from where `input` stands: its beginning.
  init(_ input: InputFile, parser: RatingRowParser, chunkSize: Int) throws(RatingsFileError) {
    self.parser = parser
    var records = try RecordReader(input, delimiter: parser.layout.delimiter, chunkSize: chunkSize)
    if parser.layout.header != nil, case .record = try records.next() {
      headerLine = Array(records.bytes[records.record])
    } else {
      headerLine = nil
    }
    self.records = records
  }

  /// Where the ids of the current row are.
  var buffer: [UInt8] { records.bytes }

  /// Goes to the next line.
  mutating func next() throws(RatingsFileError) -> Event {
    switch try records.next() {
    case .record:
      do throws(LineFault) {
        return .row(try parser.parse(records.bytes, records.fields))
      } catch {
        return .badLine(self.error(for: error))
      }
    case .fault(let fault):
      return .badLine(error(for: fault))
    case .end:
      return .end
    }
  }

  /// Where the column at `position`, from 0, of the current row is.
  func place(ofColumn position: Int) -> FilePlace {
    FilePlace(
      file: records.input.name, line: records.line, position: position,
      header: parser.layout.header)
  }

  /// `fault` as it is to be reported for the current line.
  func error(for fault: LineFault) -> RatingsFileError {
    RatingsFileError(
      fault.code, fault.problem,
      place: FilePlace(
        file: records.input.name, line: records.line(of: fault), position: fault.column,
        header: parser.layout.header),
      remedy: fault.remedy)
  }

  /// Sets the current line aside, as it stands in the file.
  mutating func setAside(in rejects: RejectsFile, because error: RatingsFileError)
    throws(RatingsFileError)
  {
    try rejects.add(because: error) { take throws(RatingsFileError) in
      if records.isAtFault {
        try records.skipFaultyLine(take)
      } else {
        try take(records.bytes[records.record])
      }
    }
  }
}
