import Errors
import Ratings

/// Reads a file of ratings row by row, including faulty lines.
struct RatingRowReader<Records: RecordSource> {
  /// The result of ``next()``.
  enum Event {
    /// A rating whose ids are still byte ranges of ``buffer``.
    case row(RatingRowParser.Row)
    case badLine(RatingsFileError)
    case end
  }

  private var records: Records
  private let parser: RatingRowParser

  /// Reads the rest of `records`.
  init(_ records: Records, _ parser: RatingRowParser) {
    self.records = records
    self.parser = parser
  }

  /// The header line as it is in the file, if there is one.
  var headerLine: [UInt8]? { records.headerLine }

  /// The bytes that contain the current row's ids.
  var buffer: [UInt8] { records.bytes }

  /// The first line of the current row.
  var line: Int { records.line }

  /// The tally of the lines so far.
  var tally: LineTally { records.tally }

  /// The columns seen so far that are not in the layout.
  var unknownColumns: UnknownColumns { records.unknownColumns }

  /// Advances to the next line.
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

  /// Returns the place of the column at `position`, from 0, of the current row.
  func place(ofColumn position: Int) -> FilePlace {
    FilePlace(
      file: records.input.name, line: records.line, position: position,
      header: parser.layout.header)
  }

  /// Converts `fault` to an error for the current line.
  func error(for fault: LineFault) -> RatingsFileError {
    records.error(for: fault, header: parser.layout.header)
  }

  /// Writes the current line, as it is in the file, to `rejects`. Throws `error` if that is nil.
  mutating func setAside(in rejects: RejectsFile?, because error: RatingsFileError)
    throws(RatingsFileError)
  {
    try records.setAside(in: rejects, because: error)
  }
}

extension RecordSource {
  /// Converts `fault` to an error for the current line of a file with this header.
  func error(for fault: LineFault, header: [String]?) -> RatingsFileError {
    RatingsFileError(
      fault.code, fault.problem,
      place: FilePlace(
        file: input.name, line: line(of: fault), position: fault.column, header: header),
      remedy: fault.remedy)
  }

  /// Writes the current line, as it is in the file, to `rejects`. Throws `error` if that is nil.
  mutating func setAside(in rejects: RejectsFile?, because error: RatingsFileError)
    throws(RatingsFileError)
  {
    guard let rejects else { throw error }
    try rejects.add(because: error) { take throws(RatingsFileError) in
      if isAtFault {
        try skipFaultyLine(take)
      } else {
        try take(bytes[record])
      }
    }
  }
}
