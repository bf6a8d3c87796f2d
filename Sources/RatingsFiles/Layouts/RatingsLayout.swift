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
  /// Whether that was said; else it is taken to be so.
  var decimalIsGiven: Bool
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
  /// The columns that are not read and hold times, by position.
  var unreadTimes: [Int]

  /// The positions of the columns, from 0. There is always a user and an item.
  var user: Int { roles[.user]?.position ?? 0 }
  var item: Int { roles[.item]?.position ?? 0 }
  var value: Int? { roles[.value]?.position }
  var time: Int? { roles[.time]?.position }

  /// The columns that are not read, by position.
  var unread: [Int] { (0..<columnCount).filter { !roles.positions.contains($0) } }

  /// What is to be told of ratings without times: that a column was passed over which holds some. nil when
  /// there is none, or one of times.
  var doubtOfTimes: String? {
    guard time == nil, let first = unreadTimes.first else { return nil }
    let label = header?[first] ?? String(first + 1)
    return
      "has no column called one of times, and \(FieldText.shown(name(first), limit: 40)) holds such and was "
      + "not read. If they are when the ratings were given, import again with the columns "
      + "`\(columns(with: [.time: label]))`; if not, `\(columns())` says so"
  }

  /// The name of the column at `position`, from 0, as messages have it.
  func name(_ position: Int) -> String { FileColumns.name(position, in: header) }

  /// Whether a column called `name`, had it been there, would have been taken for one of ratings, or have
  /// made it doubtful which is.
  func wouldTake(_ name: String) -> Bool {
    guard let reading = RatingColumnName(name) else { return false }
    guard let taken = roles[reading.role], let header,
      let ofTaken = RatingColumnName(header[taken.position]), ofTaken.role == reading.role
    else { return true }
    return reading.rank <= ofTaken.rank
  }

  /// Which columns hold what, as ``RatingsColumns`` has it, with other columns for some roles.
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
  /// Finds out what `options` leave open from the beginning of a file; nil when it holds no line.
  ///
  /// The first line counts as a header when it is said to be one, when `options` point at columns by
  /// name, when it names a user's and an item's column in a way that is understood, or when it has texts
  /// above numbers.
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
    // Scales of ratings end at 100.
    return profiles[value].isWhole && profiles[value].greatest > 100 ? .implicit : .explicit
  }
}

extension ColumnRoles {
  /// Those that are told, else what is found out from the names and contents of `columns`. Throws where that
  /// leaves it open, or is unlikely.
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
            "the column \(FieldText.shown(columns.name(position))) is named twice, for \(role) and another",
            place: columns.place, remedy: "Name a column of its own for each.")
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

  /// The error that it is not clear which columns hold what.
  private static func unclear(
    _ ambiguity: Ambiguity, _ columns: FileColumns
  ) -> RatingsFileError {
    guard let header = columns.header else {
      return RatingsFileError(
        .unknownColumns, "\(columns.count) columns and no header that says what they are",
        place: columns.place,
        remedy:
          "Say by number which hold what: \(columns.content.numbersToFill), without value and time "
          + "where there are none. If the first line names them, say by name: "
          + "\(columns.content.namesToFill).")
    }
    let named = ambiguity.positions.compactMap { RatingColumnName(header[$0])?.role }
    if ambiguity.positions.count > 1, named.count == ambiguity.positions.count {
      return columns.ambiguous(ambiguity.positions)
    }
    return RatingsFileError(
      .unknownColumns, "its columns can be read in several ways, or not at all",
      place: columns.place,
      remedy: "Say which hold what: \(columns.content.namesToFill), without value and time "
        + "where there are none. \(columns.list)")
  }
}
