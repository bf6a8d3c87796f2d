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

/// Reads the columns of one record as a rating.
struct RatingRowParser {
  /// A rating whose ids are good as text and still bytes.
  struct Row {
    var user: Range<Int>
    var item: Range<Int>
    var value: Float
    /// Microseconds since 1970 or ``Timestamp/missing``.
    var time: Int64
  }

  let layout: RatingsLayout
  let timeUnit: TimeUnit
  let scale: RatingScale?

  /// The rating in `fields` of `buffer`.
  func parse(_ buffer: [UInt8], _ fields: [Range<Int>]) throws(LineFault) -> Row {
    let bytes = buffer.span
    guard fields.count == layout.columnCount else {
      throw LineFault(
        code: .columnCount,
        problem: "\(fields.count) \(fields.count == 1 ? "column" : "columns") instead of "
          + "\(layout.columnCount)",
        remedy: "Give each line the columns of the first, separated by \"\(layout.delimiter)\".")
    }
    var value: Float = 1
    if let column = layout.value {
      value = try rating(bytes, fields[column], column)
    }
    var time = Timestamp.missing
    if let column = layout.time, !fields[column].isEmpty {
      guard let moment = timeUnit.time(bytes, fields[column]) else {
        throw badTime(bytes, fields[column], column)
      }
      time = moment
    }
    try checkIdentifier(bytes, fields[layout.user], layout.user)
    try checkIdentifier(bytes, fields[layout.item], layout.item)
    return Row(user: fields[layout.user], item: fields[layout.item], value: value, time: time)
  }

  private func checkIdentifier(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int)
    throws(LineFault)
  {
    guard var fault = FieldText.identifierFault(bytes, field) else { return }
    fault.column = column
    throw fault
  }

  private func rating(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int)
    throws(LineFault) -> Float
  {
    guard let value = DecimalNumber.float(bytes, field) else {
      throw notANumber(bytes, field, column)
    }
    guard value.isFinite else {
      throw LineFault(
        code: .notFinite,
        problem: "\(FieldText.quoted(bytes, field)) is beyond what a 32-bit number holds",
        remedy: "Give ratings on a scale such as 0.5 to 5.", column: column)
    }
    if let scale, !scale.contains(value) {
      throw LineFault(
        code: .outsideScale,
        problem: "\(FieldText.quoted(bytes, field)) is outside the scale \(scale)",
        remedy: "Mend the rating; the scale of a store can't be changed.", column: column)
    }
    return value
  }

  private func notANumber(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int) -> LineFault {
    let text = FieldText.quoted(bytes, field)
    let word = text.lowercased().filter(\.isLetter)
    if ["nan", "inf", "infinity"].contains(word) {
      return LineFault(
        code: .notFinite, problem: "\(text) is not a finite number",
        remedy: "Leave the line out: it says nothing about taste.", column: column)
    }
    return LineFault(
      code: .notANumber, problem: "\(text) is not a number",
      remedy: layout.header == nil
        ? "Write it with a decimal point. If the first line names the columns, say by name which hold "
          + "what: user=NAME,item=NAME,value=NAME."
        : "Write it with a decimal point, such as 3.5.",
      column: column)
  }

  private func badTime(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int) -> LineFault {
    LineFault(
      code: .badTime,
      problem: "\(FieldText.quoted(bytes, field)) is no time, or one outside the years 1 to 9999",
      remedy: "Write \(timeUnit.words) since 1970 or ISO 8601, or say another unit "
        + "(s, ms, us).",
      column: column)
  }
}

extension TimeUnit {
  fileprivate var words: String {
    switch self {
    case .seconds: "seconds"
    case .milliseconds: "milliseconds"
    case .microseconds: "microseconds"
    }
  }
}
