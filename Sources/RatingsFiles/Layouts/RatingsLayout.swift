import Errors
import Ratings

/// How one file of ratings is laid out, wholly decided.
struct RatingsLayout: Equatable {
  var format: RecordFormat
  /// The names of the columns, when the first line, or JSON's keys, say them.
  var header: [String]?
  /// How many columns every line has.
  var columnCount: Int
  var roles: ColumnRoles
  var decimal: DecimalSign
  /// What whole numbers in the column of times count.
  var timeUnit: TimeUnit
  /// Whether that was said; else it was guessed.
  var timeUnitIsGiven: Bool
  /// Whether a time of 0 says that there is none: the others are of our days.
  var zeroIsNoTime = false
  /// The number of columns by which a record that spans lines is doubted, where it was guessed what quotes
  /// mean.
  var doubtedColumnCount: Int?
  /// What the file holds by all appearance: ratings, or how often something happened.
  var feedback: Feedback

  /// The positions of the columns, from 0. There is always a user and an item.
  var user: Int { roles.user?.position ?? 0 }
  var item: Int { roles.item?.position ?? 0 }
  var value: Int? { roles.value?.position }
  var time: Int? { roles.time?.position }

  /// The name of the column at `position`, from 0, as messages have it.
  func name(_ position: Int) -> String { header?[position] ?? "column \(position + 1)" }

  /// Whether a column called `name`, had it been there, would have been taken for one of ratings, or have
  /// made it doubtful which is.
  func wouldTake(_ name: String) -> Bool {
    guard let reading = RatingColumnName(name) else { return false }
    guard let taken = roles[reading.role], let header,
      let ofTaken = RatingColumnName(header[taken.position]), ofTaken.role == reading.role
    else { return true }
    return reading.rank <= ofTaken.rank
  }
}

extension RatingsLayout {
  /// Finds out what `options` leave open from the beginning of a file; nil when it holds no line.
  ///
  /// The first line counts as a header when it is said to be one, when `options` point at columns by
  /// name, when it names a user's and an item's column in a way that is understood, or when it has texts
  /// above numbers.
  init?(of sample: FileSample, options: RatingsFileOptions) throws(RatingsFileError) {
    if sample.isJSON {
      try self.init(ofJSON: sample, options: options)
      return
    }
    let place = FilePlace(file: sample.name)
    guard
      let dialect = sample.dialect(options.dialect)
    else {
      guard !sample.records(Dialect(delimiter: .comma, quoting: .none), limit: 1).rows.isEmpty
      else { return nil }
      throw Self.noDelimiter(options.dialect.delimiter, place)
    }
    let rows = sample.records(dialect).rows
    guard let first = rows.first else { return nil }
    let usualCount = mostFrequent(rows.map(\.count)) ?? first.count
    guard options.columns?.useNames != true || options.hasHeader != false else {
      throw RatingsFileError(
        .badRequest, "columns are named, and there is said to be no header", place: place,
        remedy: "Give the columns by number, or leave it open whether there is a header.")
    }
    let below = ColumnProfile.all(of: rows.dropFirst(), columnCount: usualCount)
    let hasHeader =
      options.hasHeader
      ?? (options.columns?.useNames == true || Self.isHeader(first, above: below))
    let columnCount = hasHeader ? first.count : usualCount
    try self.init(
      format: .delimited(dialect, hasSeparatorLine: sample.statedDelimiter != nil),
      header: hasHeader ? first : nil, columnCount: columnCount,
      profiles: hasHeader ? below : ColumnProfile.all(of: rows, columnCount: columnCount),
      options: options, place: place)
    if options.dialect.quoting == nil { doubtedColumnCount = columnCount }
  }

  private init?(ofJSON sample: FileSample, options: RatingsFileOptions) throws(RatingsFileError) {
    let place = FilePlace(file: sample.name)
    let objects = sample.objects()
    guard options.dialect.delimiter == nil, options.dialect.quoting == nil,
      options.hasHeader != false
    else {
      throw RatingsFileError(
        .badRequest, "it is JSON, which has neither delimiters and quotes nor lines without keys",
        place: place, remedy: "Leave delimiter, quoting and header out.")
    }
    guard let keys = objects.keys, !keys.isEmpty else {
      if let fault = sample.firstJSONFault { throw fault }
      guard objects.rows.isEmpty else {
        throw RatingsFileError(
          .unknownColumns, "its objects have no keys", place: place,
          remedy: "Give each a user and an item.")
      }
      return nil
    }
    try self.init(
      format: .json, header: keys, columnCount: keys.count,
      profiles: ColumnProfile.all(of: objects.rows, columnCount: keys.count), options: options,
      place: place)
  }

  private init(
    format: RecordFormat, header: [String]?, columnCount: Int, profiles: [ColumnProfile],
    options: RatingsFileOptions, place: FilePlace
  ) throws(RatingsFileError) {
    self.init(
      format: format, header: header, columnCount: columnCount, roles: ColumnRoles(),
      decimal: options.decimal, timeUnit: .seconds, timeUnitIsGiven: options.timeUnit != nil,
      feedback: .explicit)
    if let columns = options.columns {
      for role in RatingColumn.allCases {
        guard let column = columns[role] else { continue }
        roles[role] = ColumnRoles.Found(
          position: try position(of: column, in: place), ground: .told)
      }
    } else {
      do throws(ColumnRoles.Ambiguity) {
        roles =
          if let header {
            try ColumnRoles(names: header, areOrdered: format != .json, profiles: profiles)
          } else {
            try ColumnRoles(profiles: profiles)
          }
      } catch {
        throw unclear(error, place)
      }
    }
    let times = time.flatMap { profiles.indices.contains($0) ? profiles[$0] : nil }
    timeUnit = options.timeUnit ?? times?.timeUnit ?? .seconds
    zeroIsNoTime = times?.isOfOurDays(in: timeUnit) ?? false
    feedback = guessedFeedback(profiles)
  }

  /// Whether a first line names columns of ratings: its words say so, or it has texts above numbers.
  private static func isHeader(_ line: [String], above profiles: [ColumnProfile]) -> Bool {
    let roles = line.compactMap { RatingColumnName($0)?.role }
    if roles.contains(.user) && roles.contains(.item) { return true }
    if profiles.isNamed(by: line) { return true }
    // A word for the user or the item alone, above columns without numbers.
    return (roles.contains(.user) || roles.contains(.item)) && line.count == profiles.count
      && !profiles.contains { $0.isNumeric || $0.isTime } && profiles.contains { $0.filled > 0 }
  }

  /// Without values, and where they are counts by name or by their size, how often something happened.
  private func guessedFeedback(_ profiles: [ColumnProfile]) -> Feedback {
    guard let value else { return .implicit }
    if let name = header?[value], let reading = RatingColumnName(name), reading.role == .value {
      return reading.isCount ? .implicit : .explicit
    }
    guard profiles.indices.contains(value) else { return .explicit }
    // Scales of ratings end at 100.
    return profiles[value].isWhole && profiles[value].greatest > 100 ? .implicit : .explicit
  }

  private func position(of column: RatingsColumns.Column, in place: FilePlace)
    throws(RatingsFileError) -> Int
  {
    switch column {
    case .number(let number):
      guard number <= columnCount else {
        throw RatingsFileError(
          .unknownColumns, "no column \(number): there are \(columnCount)", place: place,
          remedy: "Count from 1"
            + (format.delimiter.map { ", and check that the delimiter is \"\($0)\"." } ?? "."))
      }
      return number - 1
    case .name(let name):
      let exact = (header ?? []).indices.filter { header?[$0] == name }
      guard exact.count <= 1 else {
        throw ambiguous(exact, place)
      }
      guard let position = exact.first else {
        throw RatingsFileError(
          .unknownColumns, "no column \"\(name)\"", place: place,
          remedy: "\(columnList) If that is no header but a rating, give the columns by number.")
      }
      return position
    }
  }

  /// The error that it is not clear which columns hold what.
  private func unclear(_ ambiguity: ColumnRoles.Ambiguity, _ place: FilePlace) -> RatingsFileError {
    guard let header else {
      return RatingsFileError(
        .unknownColumns, "\(columnCount) columns and no header that says what they are",
        place: place,
        remedy:
          "Say by number which hold what: user=1,item=2,value=3,time=4, without value and time "
          + "where there are none. If the first line names them, say by name: "
          + "user=NAME,item=NAME,value=NAME,time=NAME.")
    }
    let named = ambiguity.positions.compactMap { RatingColumnName(header[$0])?.role }
    if ambiguity.positions.count > 1, named.count == ambiguity.positions.count {
      return ambiguous(ambiguity.positions, place)
    }
    return RatingsFileError(
      .unknownColumns, "its columns can be read in several ways, or not at all", place: place,
      remedy:
        "Say which hold what: user=NAME,item=NAME,value=NAME,time=NAME, without value and time "
        + "where there are none. \(columnList)")
  }

  private func ambiguous(_ positions: [Int], _ place: FilePlace) -> RatingsFileError {
    let names = positions.map { name($0) }
    return RatingsFileError(
      .unknownColumns, "several columns could be meant: \(Self.listed(names))", place: place,
      remedy:
        "Say which hold what: user=NAME,item=NAME,value=NAME,time=NAME, or, where names repeat, "
        + "that there is a header, and which by number: user=1,item=2,value=3.")
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
      remedy: "Check that it is a file of ratings; if another sign separates the columns, name it.")
  }

  private var columnList: String { "Its columns: \(Self.listed(header ?? []))." }

  private static func listed(_ names: [String]) -> String {
    let shown = names.prefix(20).map { FieldText.shown($0, limit: 40) }
    return shown.joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
  }
}
