import Ratings

/// Reads the columns of one record as a rating.
struct RatingRowParser {
  /// A rating whose ids are good as text and still bytes.
  struct Row {
    var user: Range<Int>
    var item: Range<Int>
    var value: Float
    /// Microseconds since 1970 or ``Timestamp/missing``.
    var time: Int64
    /// Whether the time is a date rather than a number.
    var timeIsDate: Bool
    /// Whether it is missing as it is 0 among times of our days.
    var timeIsZero: Bool
  }

  let layout: RatingsLayout
  let scale: RatingScale?

  /// The rating in `fields` of `buffer`.
  func parse(_ buffer: [UInt8], _ fields: [Range<Int>]) throws(LineFault) -> Row {
    let bytes = buffer.span
    guard fields.count == layout.columnCount else {
      throw .columnCount(fields.count, instead: layout.columnCount, layout.format)
    }
    var value: Float = 1
    if let column = layout.value {
      value = try rating(bytes, fields[column], column)
    }
    var time = Timestamp.missing
    var (timeIsDate, timeIsZero) = (false, false)
    if let column = layout.time, !FieldText.isMissing(bytes, fields[column]) {
      let field = DecimalNumber.trimmingSpaces(bytes, fields[column])
      guard let moment = layout.timeUnit.time(bytes, field) else {
        throw badTime(bytes, field, column)
      }
      timeIsDate = TimeUnit.isDate(bytes, field)
      timeIsZero = layout.zeroIsNoTime && moment == 0 && !timeIsDate
      if !timeIsZero { time = moment }
    }
    try checkIdentifier(bytes, fields[layout.user], layout.user)
    try checkIdentifier(bytes, fields[layout.item], layout.item)
    return Row(
      user: fields[layout.user], item: fields[layout.item], value: value, time: time,
      timeIsDate: timeIsDate, timeIsZero: timeIsZero)
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
    guard
      let value = DecimalNumber.float(bytes, field, decimal: layout.decimal)
        ?? DecimalNumber.boolean(bytes, field)
    else {
      throw notANumber(bytes, field, column)
    }
    guard value.isFinite else {
      throw LineFault(
        code: .notFinite,
        problem: "\(FieldText.quoted(bytes, field)) is beyond what a 32-bit number holds",
        remedy: "Check that it is the column of ratings or counts: no scale goes so far.",
        column: column)
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
    let other: DecimalSign = layout.decimal == .point ? .comma : .point
    if DecimalNumber.isGrouped(bytes, field, layout.decimal) {
      return LineFault(
        code: .otherDecimalSign,
        problem: "\(text) is a number in thousands, or not one with a decimal \(layout.decimal)",
        remedy: "If it is a thousand and more, write it without separators: "
          + "\(text.filter(\.isNumber)). Only where all of the file is written so that 3\(other.rawValue)5 "
          + "is three and a half, say so (decimal \(other.rawValue)).",
        column: column)
    }
    if DecimalNumber.float(bytes, field, decimal: other) != nil {
      return LineFault(
        code: .otherDecimalSign,
        problem: "\(text) is not a number with a decimal \(layout.decimal)",
        remedy: "If the file writes \(other == .comma ? "3,5 for 3.5" : "3.5, not 3,5"), say so "
          + "(decimal \(other.rawValue)).",
        column: column)
    }
    let isWord = FieldText.isMissing(bytes, field) || !text.contains(where: \.isNumber)
    return LineFault(
      code: .notANumber, problem: "\(text) is not a number",
      remedy: isWord
        ? "If another column holds the rating, or the first line names the columns, say which hold "
          + "what: user=NAME,item=NAME,value=NAME, or numbers from 1."
        : "Write it with a decimal \(layout.decimal), such as 3\(layout.decimal.rawValue)5.",
      column: column)
  }

  private func badTime(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int) -> LineFault {
    LineFault(
      code: .badTime,
      problem: "\(FieldText.quoted(bytes, field)) is no time, or one outside the years 1 to 9999",
      remedy: "Write \(layout.timeUnit.words) since 1970 or ISO 8601, or say another unit "
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

extension LineFault {
  /// A line with more or fewer columns than the others.
  static func columnCount(_ count: Int, instead usual: Int, _ format: RecordFormat) -> LineFault {
    LineFault(
      code: .columnCount,
      problem: "\(count) \(count == 1 ? "column" : "columns") instead of \(usual)",
      remedy: "Give each line the columns of the first"
        + (format.delimiter.map { ", separated by \"\($0)\"; quote those that hold it." } ?? "."))
  }
}
