import Errors

/// The columns of a file as seen in its first records: their dialect, names and contents.
struct FileColumns {
  let content: FileContent
  let format: RecordFormat
  /// The column names, if the first line or JSON keys give them.
  let header: [String]?
  let count: Int
  /// The cells of the first records, without the header.
  let rows: [[String]]
  /// The profile of each column.
  let profiles: [ColumnProfile]
  /// Whether ``rows`` are the whole file.
  let areAll: Bool
  let place: FilePlace

  /// Detects what `dialect` and `hasHeader` leave open; nil if the file is empty. With `areNamed`, columns
  /// are referred to by name, which requires a header; otherwise `isHeader` decides from the first line and
  /// the profiles below it. A file of a single column can't hold ratings or items, unless `mayBeOne`.
  init?(
    of sample: FileSample, _ content: FileContent, _ dialect: DialectOptions, hasHeader: Bool?,
    areNamed: Bool, mayBeOne: Bool = false, isHeader: ([String], [ColumnProfile]) -> Bool
  ) throws(RatingsFileError) {
    self.content = content
    place = FilePlace(file: sample.name)
    if sample.isJSON {
      guard dialect.delimiter == nil, dialect.quoting == nil, hasHeader != false else {
        throw RatingsFileError(
          .badRequest, "it is JSON, which has no delimiters or quoting and always has keys",
          place: place, remedy: "Omit delimiter, quoting and header.")
      }
      guard let objects = try Self.objects(of: sample, place) else { return nil }
      format = .json
      header = objects.keys
      rows = objects.rows
      areAll = sample.isWhole && rows.count < FileSample.recordLimit
      count = objects.keys?.count ?? 0
    } else {
      guard let found = sample.dialect(dialect, mayBeOne: mayBeOne) else {
        guard !sample.records(Dialect(delimiter: .comma, quoting: .none), limit: 1).rows.isEmpty
        else { return nil }
        throw Self.noDelimiter(dialect.delimiter, place)
      }
      let records = sample.records(found).rows
      guard let first = records.first else { return nil }
      guard !areNamed || hasHeader != false else {
        throw RatingsFileError(
          .badRequest, "columns are given by name, but the file is said to have no header",
          place: place,
          remedy: "Give the columns by number, or let the header be detected.")
      }
      let usualCount = mostFrequent(records.map(\.count)) ?? first.count
      let names = first.map(FieldText.trimmingInvisible)
      let below = records.dropFirst()
      let isNamed =
        hasHeader
        ?? (areNamed || isHeader(names, ColumnProfile.all(of: below, columnCount: usualCount)))
      format = .delimited(found, hasSeparatorLine: sample.statedDelimiter != nil)
      header = isNamed ? names : nil
      rows = isNamed ? Array(below) : records
      areAll = sample.isWhole && records.count < FileSample.recordLimit
      count = isNamed ? first.count : usualCount
    }
    profiles = ColumnProfile.all(of: rows, columnCount: count)
  }

  /// Samples the first objects of a JSON file; nil if it has none.
  private static func objects(
    of sample: FileSample, _ place: FilePlace
  ) throws(RatingsFileError) -> SampledRecords? {
    let objects = sample.objects()
    if objects.keys?.isEmpty == false { return objects }
    if let fault = sample.firstJSONFault { throw fault }
    guard objects.rows.isEmpty else {
      throw RatingsFileError(
        .unknownColumns, "its objects have no keys", place: place,
        remedy: "Give each object keys that name its values.")
    }
    return nil
  }

  /// Returns the name of the column at `position`, from 0, for messages.
  func name(_ position: Int) -> String { Self.name(position, in: header) }

  /// Does the same for columns with this header; some may have no name.
  static func name(_ position: Int, in header: [String]?) -> String {
    header.flatMap { $0[position].isEmpty ? nil : $0[position] } ?? "column \(position + 1)"
  }

  /// The column names, for messages.
  var list: String { "Its columns: \(Self.listed(header ?? []))." }

  /// Lists `names` for a message, truncating a very long list.
  static func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).map { FieldText.shown($0, limit: 40) }
    return shown.joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
  }

  /// Returns the position, from 0, of the column that `reference` refers to.
  func position(of reference: ColumnReference) throws(RatingsFileError) -> Int {
    switch reference {
    case .number(let number):
      guard number <= count else {
        throw RatingsFileError(
          .unknownColumns, "no column \(number): there are \(count)", place: place,
          remedy: "Count from 1"
            + (format.delimiter.map { ", and check that the delimiter is \"\($0)\"." } ?? "."))
      }
      return number - 1
    case .name(let name):
      let exact = (header ?? []).indices.filter { header?[$0] == name }
      guard exact.count <= 1 else { throw ambiguous(exact) }
      guard let position = exact.first else {
        throw RatingsFileError(
          .unknownColumns, "no column \"\(FieldText.shown(name))\"", place: place,
          remedy: "\(list) If that is a record and not a header, give the columns by number.")
      }
      return position
    }
  }

  /// Returns the error that several columns, at `positions`, could be meant.
  func ambiguous(_ positions: [Int]) -> RatingsFileError {
    RatingsFileError(
      .unknownColumns, "several columns could be meant: \(Self.listed(positions.map(name)))",
      place: place,
      remedy:
        "Specify the columns: \(content.namesToFill), or, if names repeat, that there is a "
        + "header, and the columns by number: \(content.numbersToFill).")
  }

  private static func noDelimiter(_ given: Delimiter?, _ place: FilePlace) -> RatingsFileError {
    if let given {
      return RatingsFileError(
        .noDelimiter, "\"\(given)\" does not separate its columns", place: place,
        remedy: "Give the right delimiter, or omit it to have it detected.")
    }
    return RatingsFileError(
      .noDelimiter, "no line has columns separated by a comma, tab, semicolon, | or ::",
      place: place,
      remedy:
        "Check that it is a file of ratings or items; if another character separates the columns, "
        + "specify it.")
  }
}
