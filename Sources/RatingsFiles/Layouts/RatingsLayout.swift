import Errors
import Ratings

/// The fully determined layout of a file of ratings.
struct RatingsLayout: Equatable {
  var format: RecordFormat
  /// The column names, if the first line or JSON keys give them.
  var header: [String]?
  /// The number of columns in every line.
  var columnCount: Int
  var roles: ColumnRoles
  var decimal: DecimalSign
  /// Whether the decimal sign was specified rather than assumed.
  var decimalIsGiven: Bool
  /// The unit of whole numbers in the time column.
  var timeUnit: TimeUnit
  /// Whether the unit was specified rather than guessed.
  var timeUnitIsGiven: Bool
  /// Whether a time of 0 means a missing time, because the others are recent.
  var zeroIsNoTime = false
  /// The column count used to question a record that spans lines, if the meaning of quotes was guessed.
  var doubtedColumnCount: Int?
  /// The apparent kind of feedback: opinions or counts.
  var feedback: Feedback
  /// The positions of unread columns that contain times.
  var unreadTimes: [Int]

  /// The positions of the columns, from 0. User and item always exist.
  var user: Int { roles[.user]?.position ?? 0 }
  var item: Int { roles[.item]?.position ?? 0 }
  var value: Int? { roles[.value]?.position }
  var time: Int? { roles[.time]?.position }

  /// The positions of the unread columns.
  var unread: [Int] { (0..<columnCount).filter { !roles.positions.contains($0) } }

  /// A warning about ratings without times: an unread column contains times. nil if there is no such column,
  /// or there is a time column.
  var doubtOfTimes: String? {
    guard time == nil, let first = unreadTimes.first else { return nil }
    let label = header?[first] ?? String(first + 1)
    return
      "has no time column, but \(FieldText.shown(name(first), limit: 40)) holds times and was "
      + "not read. If they are the times of the ratings, import again with the columns "
      + "`\(columns(with: [.time: label]))`; if not, `\(columns())` silences this warning"
  }

  /// Returns the name of the column at `position`, from 0, for messages.
  func name(_ position: Int) -> String { FileColumns.name(position, in: header) }

  /// Returns whether a column called `name`, had it been there, would have been assigned a role, or have made
  /// a role ambiguous.
  func wouldTake(_ name: String) -> Bool {
    guard let reading = RatingColumnName(name) else { return false }
    guard let taken = roles[reading.role], let header,
      let ofTaken = RatingColumnName(header[taken.position]), ofTaken.role == reading.role
    else { return true }
    return reading.rank <= ofTaken.rank
  }

  /// Returns the column specification in the form of ``RatingsColumns``, with other columns for some roles.
  func columns(with others: [RatingColumn: String?] = [:]) -> String {
    let parts = RatingColumn.allCases.compactMap { role -> String? in
      let found = roles[role].map { header?[$0.position] ?? String($0.position + 1) }
      return others[role, default: found].map { "\(role)=\($0)" }
    }
    let text = parts.joined(separator: ",")
    return text.contains(" ") ? "'\(text)'" : text
  }
}

extension RatingsLayout {
  /// Detects what `options` leave open from the start of a file; nil if the file is empty.
  ///
  /// The first line is a header in any of these cases: `options` say so, `options` refer to columns by name,
  /// its names for a user and an item column are recognised, or it has texts above numbers.
  init?(of sample: FileSample, options: RatingsFileOptions) throws(RatingsFileError) {
    guard
      let columns = try FileColumns(
        of: sample, .ratings, options.dialect, hasHeader: options.hasHeader,
        areNamed: options.columns?.useNames == true, isHeader: Self.isHeader)
    else { return nil }
    let roles = try ColumnRoles(columns, told: options.columns)
    let profiles = columns.profiles
    let times = roles[.time].map { profiles[$0.position] }
    let timeUnit = options.timeUnit ?? times?.timeUnit ?? .seconds
    self.init(
      format: columns.format, header: columns.header, columnCount: columns.count, roles: roles,
      decimal: options.decimal ?? .point, decimalIsGiven: options.decimal != nil,
      timeUnit: timeUnit, timeUnitIsGiven: options.timeUnit != nil,
      zeroIsNoTime: times?.isOfOurDays(in: timeUnit) ?? false,
      doubtedColumnCount: options.dialect.quoting == nil ? columns.count : nil,
      feedback: .explicit, unreadTimes: [])
    feedback = guessedFeedback(profiles)
    unreadTimes = unread.filter { profiles[$0].isTime }
  }

  /// Returns whether a first line names columns of ratings: its names are recognised, or it has texts above
  /// numbers.
  private static func isHeader(_ line: [String], above profiles: [ColumnProfile]) -> Bool {
    let roles = line.compactMap { RatingColumnName($0)?.role }
    if roles.contains(.user) && roles.contains(.item) { return true }
    if profiles.isNamed(by: line) { return true }
    // A name for the user or the item alone, above columns without numbers.
    return (roles.contains(.user) || roles.contains(.item)) && line.count == profiles.count
      && !profiles.contains { $0.isNumeric || $0.isTime } && profiles.contains { $0.filled > 0 }
  }

  /// Guesses the feedback: implicit without values, or if they are counts by name or by their size.
  private func guessedFeedback(_ profiles: [ColumnProfile]) -> Feedback {
    guard let value else { return .implicit }
    if let name = header?[value], let reading = RatingColumnName(name), reading.role == .value {
      return reading.isCount ? .implicit : .explicit
    }
    // Rating scales end at 100.
    return profiles[value].isWhole && profiles[value].greatest > 100 ? .implicit : .explicit
  }
}

extension ColumnRoles {
  /// Takes the specified columns, or else detects roles from the names and contents of `columns`. Throws if
  /// the result is ambiguous or unlikely.
  fileprivate init(
    _ columns: FileColumns, told: RatingsColumns?
  ) throws(RatingsFileError) {
    if let told {
      self.init()
      for role in RatingColumn.allCases {
        guard let column = told[role] else { continue }
        let position = try columns.position(of: column)
        guard !positions.contains(position) else {
          throw RatingsFileError(
            .badRequest,
            "the column \(FieldText.shown(columns.name(position))) is given twice, for \(role) and another",
            place: columns.place, remedy: "Give each a column of its own.")
        }
        self[role] = Found(position: position, ground: .told)
      }
      return
    }
    do throws(Ambiguity) {
      self =
        if let header = columns.header {
          try ColumnRoles(
            names: header, areOrdered: columns.format != .json, profiles: columns.profiles)
        } else {
          try ColumnRoles(profiles: columns.profiles)
        }
    } catch {
      throw Self.unclear(error, columns)
    }
    if let doubt = UnlikelyRoles(self, of: columns)?.error { throw doubt }
  }

  /// Returns the error that the roles of the columns are unclear.
  private static func unclear(
    _ ambiguity: Ambiguity, _ columns: FileColumns
  ) -> RatingsFileError {
    guard let header = columns.header else {
      return RatingsFileError(
        .unknownColumns,
        columns.count == 1
          ? "1 column and no header that names it"
          : "\(columns.count) columns and no header that names them",
        place: columns.place,
        remedy:
          "Specify them by number: \(columns.content.numbersToFill), without value and time "
          + "if there are none. If the first line names them, specify them by name: "
          + "\(columns.content.namesToFill).")
    }
    let named = ambiguity.positions.compactMap { RatingColumnName(header[$0])?.role }
    if ambiguity.positions.count > 1, named.count == ambiguity.positions.count {
      return columns.ambiguous(ambiguity.positions)
    }
    return RatingsFileError(
      .unknownColumns, "the roles of its columns are unclear",
      place: columns.place,
      remedy: "Specify the columns: \(columns.content.namesToFill), without value and time "
        + "if there are none. \(columns.list)")
  }
}
