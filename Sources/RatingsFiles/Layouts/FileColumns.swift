import Errors

/// The columns of a file as its beginning shows them: how they are told apart, what they are called and what
/// is in them.
struct FileColumns {
  let content: FileContent
  let format: RecordFormat
  /// Their names, where the first line, or JSON's keys, say them.
  let header: [String]?
  let count: Int
  /// The cells of the first records, without the header.
  let rows: [[String]]
  /// What is in each column.
  let profiles: [ColumnProfile]
  /// Whether ``rows`` are all that the file holds.
  let areAll: Bool
  let place: FilePlace

  /// Finds out what `dialect` and `hasHeader` leave open; nil when the file holds no line. Columns that are
  /// pointed at by name, as `areNamed` says, need a header; else `isHeader` tells of a first line, and what is
  /// below it, whether it is one. A file of a single column is none that holds ratings or items, unless `mayBeOne`.
  init?(
    of sample: FileSample, _ content: FileContent, _ dialect: DialectOptions, hasHeader: Bool?,
    areNamed: Bool, mayBeOne: Bool = false, isHeader: ([String], [ColumnProfile]) -> Bool
  ) throws(RatingsFileError) {
    self.content = content
    place = FilePlace(file: sample.name)
    if sample.isJSON {
      guard dialect.delimiter == nil, dialect.quoting == nil, hasHeader != false else {
        throw RatingsFileError(
          .badRequest, "it is JSON, which has neither delimiters and quotes nor lines without keys",
          place: place, remedy: "Leave delimiter, quoting and header out.")
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
          .badRequest, "columns are named, and there is said to be no header", place: place,
          remedy: "Give the columns by number, or leave it open whether there is a header.")
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

  /// The first objects of a file of JSON; nil when it holds none.
  private static func objects(
    of sample: FileSample, _ place: FilePlace
  ) throws(RatingsFileError) -> SampledRecords? {
    let objects = sample.objects()
    if objects.keys?.isEmpty == false { return objects }
    if let fault = sample.firstJSONFault { throw fault }
    guard objects.rows.isEmpty else {
      throw RatingsFileError(
        .unknownColumns, "its objects have no keys", place: place,
        remedy: "Give each the keys that hold what it is about.")
    }
    return nil
  }

  /// The name of the column at `position`, from 0, as messages have it.
  func name(_ position: Int) -> String { Self.name(position, in: header) }

  /// The same of columns with this header; some have no name.
  static func name(_ position: Int, in header: [String]?) -> String {
    header.flatMap { $0[position].isEmpty ? nil : $0[position] } ?? "column \(position + 1)"
  }

  /// Their names, for messages.
  var list: String { "Its columns: \(Self.listed(header ?? []))." }

  /// `names` for a message, the first of very many.
  static func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).map { FieldText.shown($0, limit: 40) }
    return shown.joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
  }

  /// Where the column is that `reference` points at, from 0.
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
          remedy: "\(list) If that is no header but a record, give the columns by number.")
      }
      return position
    }
  }

  /// The error that one of the columns at `positions` could be meant as well as another.
  func ambiguous(_ positions: [Int]) -> RatingsFileError {
    RatingsFileError(
      .unknownColumns, "several columns could be meant: \(Self.listed(positions.map(name)))",
      place: place,
      remedy:
        "Say which hold what: \(content.namesToFill), or, where names repeat, that there is a "
        + "header, and which by number: \(content.numbersToFill).")
  }

  private static func noDelimiter(_ given: Delimiter?, _ place: FilePlace) -> RatingsFileError {
    if let given {
      return RatingsFileError(
        .noDelimiter, "\"\(given)\" does not occur between its columns", place: place,
        remedy: "Name the right one, or leave it out to have it found.")
    }
    return RatingsFileError(
      .noDelimiter, "no line of it has columns: neither a comma, tab, semicolon, bar nor ::",
      place: place,
      remedy: "Check that it is a file of ratings or items; if another sign separates the columns, "
        + "name it.")
  }
}
