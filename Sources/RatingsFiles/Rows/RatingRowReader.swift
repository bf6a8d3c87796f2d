import Errors
import Ratings

/// Reads a file of ratings row by row, bad lines among them.
struct RatingRowReader<Records: RecordSource> {
  /// What ``next()`` came upon.
  enum Event {
    /// A rating, its ids still bytes of ``buffer``.
    case row(RatingRowParser.Row)
    case badLine(RatingsFileError)
    case end
  }

  private var records: Records
  private let parser: RatingRowParser

  /// Reads what is left of `records`.
  init(_ records: Records, _ parser: RatingRowParser) {
    self.records = records
    self.parser = parser
  }

  /// The line that names the columns, as it stands in the file, when there is one.
  var headerLine: [UInt8]? { records.headerLine }

  /// Where the ids of the current row are.
  var buffer: [UInt8] { records.bytes }

  /// The line at which the current row begins.
  var line: Int { records.line }

  /// Where the lines went so far.
  var tally: LineTally { records.tally }

  /// The columns so far that the layout does not know.
  var unknownColumns: UnknownColumns { records.unknownColumns }

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
    records.error(for: fault, header: parser.layout.header)
  }

  /// Sets the current line aside, as it stands in the file. Throws `error` where there are no `rejects`.
  mutating func setAside(in rejects: RejectsFile?, because error: RatingsFileError)
    throws(RatingsFileError)
  {
    try records.setAside(in: rejects, because: error)
  }
}

extension RecordSource {
  /// `fault` as it is to be reported for the current line of a file with this header.
  func error(for fault: LineFault, header: [String]?) -> RatingsFileError {
    RatingsFileError(
      fault.code, fault.problem,
      place: FilePlace(
        file: input.name, line: line(of: fault), position: fault.column, header: header),
      remedy: fault.remedy)
  }

  /// Sets the current line aside, as it stands in the file. Throws `error` where there are no `rejects`.
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
