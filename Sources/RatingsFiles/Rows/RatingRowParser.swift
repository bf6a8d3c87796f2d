import Ratings

/// Parses the columns of one record as a rating.
struct RatingRowParser {
  /// A rating whose ids are still bytes, and valid text.
  struct Row {
    var user: Range<Int>
    var item: Range<Int>
    var value: Float
    /// The range of the value; empty if there is no value column.
    var valueField: Range<Int>
    /// Microseconds since 1970 or ``Timestamp/missing``.
    var time: Int64
    /// Whether the time is a date rather than a number.
    var timeIsDate: Bool
    /// Whether the time was 0 and counts as missing, because the others are recent.
    var timeIsZero: Bool
  }

  let layout: RatingsLayout
  private let scale: RatingScale?
  /// Whether placeholders for missing values count as ids, for users and for items.
  private let takesWords: (user: Bool, item: Bool)
  private let user: Int
  private let item: Int
  private let value: Int?
  private let time: Int?
  /// The names of the user and item columns in the header of a delimited file.
  private let names: (user: [UInt8], item: [UInt8])?

  init(_ layout: RatingsLayout, scale: RatingScale?, takesWords: (user: Bool, item: Bool)) {
    self.layout = layout
    self.scale = scale
    self.takesWords = takesWords
    (user, item, value, time) = (layout.user, layout.item, layout.value, layout.time)
    let header = layout.format == .json ? nil : layout.header
    names = header.map { (Array($0[layout.user].utf8), Array($0[layout.item].utf8)) }
  }

  /// Parses the rating in `fields` of `buffer`.
  func parse(_ buffer: [UInt8], _ fields: [Range<Int>]) throws(LineFault) -> Row {
    let bytes = buffer.span
    guard fields.count == layout.columnCount else {
      throw .columnCount(fields.count, instead: layout.columnCount, layout.format)
    }
    if let names, FieldText.isEqual(bytes, fields[user], names.user),
      FieldText.isEqual(bytes, fields[item], names.item)
    {
      throw .headerAgain
    }
    var row = Row(
      user: 0..<0, item: 0..<0, value: 1, valueField: 0..<0, time: Timestamp.missing,
      timeIsDate: false, timeIsZero: false)
    if let value {
      row.valueField = fields[value]
      row.value = try rating(bytes, fields[value], value)
    }
    if let time, !FieldText.isMissing(bytes, fields[time]) {
      let field = DecimalNumber.trimmingSpaces(bytes, fields[time])
      guard let moment = layout.timeUnit.time(bytes, field) else {
        throw badTime(bytes, field, time)
      }
      row.timeIsDate = TimeUnit.isDate(bytes, field)
      row.timeIsZero = layout.zeroIsNoTime && moment == 0 && !row.timeIsDate
      if !row.timeIsZero { row.time = moment }
    }
    row.user = try identifier(bytes, fields[user], user, takesWords.user)
    row.item = try identifier(bytes, fields[item], item, takesWords.item)
    return row
  }

  private func identifier(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int, _ takesWords: Bool
  ) throws(LineFault) -> Range<Int> {
    do {
      return try FieldText.identifier(bytes, field, takesWords: takesWords)
    } catch {
      var fault = error
      fault.column = column
      throw fault
    }
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
        problem: "\(FieldText.quoted(bytes, field)) overflows a 32-bit float",
        remedy: "Check that it is the column of ratings or counts: no scale is that large.",
        column: column)
    }
    if let scale, !scale.contains(value) {
      throw LineFault(
        code: .outsideScale,
        problem: "\(FieldText.quoted(bytes, field)) is outside the scale \(scale)",
        remedy: "Correct the rating; the scale of a store can't be changed.", column: column)
    }
    return value
  }

  private func notANumber(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int) -> LineFault {
    let text = FieldText.quoted(bytes, field)
    let word = text.lowercased().filter(\.isLetter)
    if ["nan", "inf", "infinity"].contains(word) {
      return LineFault(
        code: .notFinite, problem: "\(text) is not a finite number",
        remedy: "Remove the line: it expresses no preference.", column: column)
    }
    let other = layout.decimal.other
    if DecimalSign.allCases.contains(where: { DecimalNumber.isGrouped(bytes, field, by: $0) }) {
      return LineFault(
        code: .otherDecimalSign,
        problem:
          "\(text) has a thousands separator, or is not a number with a decimal \(layout.decimal)",
        remedy: "If it is a thousand or more, write it without separators: "
          + "\(text.filter(\.isNumber)). Only if the whole file writes three and a half as 3\(other.rawValue)5, "
          + "specify the decimal sign (decimal \(other.rawValue)).",
        column: column)
    }
    if DecimalNumber.float(bytes, field, decimal: other) != nil {
      return LineFault(
        code: .otherDecimalSign,
        problem: "\(text) is not a number with a decimal \(layout.decimal)",
        remedy:
          "If the file writes \(other == .comma ? "3,5 for 3.5" : "3.5, not 3,5"), specify the "
          + "decimal sign (decimal \(other.rawValue)).",
        column: column)
    }
    let isWord = FieldText.isMissing(bytes, field) || !text.contains(where: \.isNumber)
    return LineFault(
      code: .notANumber, problem: "\(text) is not a number",
      remedy: isWord
        ? "If another column holds the rating, or the first line names the columns, specify the "
          + "columns: \(FileContent.ratings.namesToFill), or numbers from 1."
        : "Write it with a decimal \(layout.decimal), such as 3\(layout.decimal.rawValue)5.",
      column: column)
  }

  private func badTime(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int) -> LineFault {
    LineFault(
      code: .badTime,
      problem: "\(FieldText.quoted(bytes, field)) is not a time in the years 1 to 9999",
      remedy: "Write \(layout.timeUnit.words) since 1970 or ISO 8601, or specify another unit "
        + "(\(TimeUnit.list())).",
      column: column)
  }
}

extension LineFault {
  /// The fault of a line that repeats the header, as in concatenated files.
  static let headerAgain = LineFault(
    code: .repeatedHeader, problem: "a repeated header",
    remedy: "Remove the line.")

  /// Returns the fault of a line with more or fewer columns than the others.
  static func columnCount(_ count: Int, instead usual: Int, _ format: RecordFormat) -> LineFault {
    LineFault(
      code: .columnCount,
      problem: "\(count) \(count == 1 ? "column" : "columns") instead of \(usual)",
      remedy: "Give each line the same columns as the first"
        + (format.delimiter.map { ", separated by \"\($0)\"; quote those that contain it." } ?? ".")
    )
  }
}
