import Ratings

/// Statistics about the cells of a sampled column.
struct ColumnProfile {
  /// The number of non-empty cells, and how many of them are of each kind.
  private(set) var filled = 0
  private(set) var numbers = 0
  private(set) var wholeNumbers = 0
  private(set) var zeros = 0
  private(set) var dates = 0
  /// The number of cells with a digit, and of whole numbers that may be years.
  private(set) var withDigit = 0
  private(set) var years = 0
  private(set) var greatest: Float = -.infinity
  /// For each unit, the number of cells that would be a recent time in that unit.
  private(set) var moments: [TimeUnit: Int] = [:]

  /// Profiles `cells`.
  init(_ cells: some Sequence<String>) {
    for cell in cells { consider(Array(cell.utf8)) }
  }

  /// Returns a profile for each of the `columnCount` columns of `rows`.
  static func all(of rows: some Sequence<[String]>, columnCount: Int) -> [ColumnProfile] {
    (0..<columnCount).map { column in
      ColumnProfile(rows.lazy.filter { $0.count > column }.map { $0[column] })
    }
  }

  /// Whether there are cells, and most are numbers.
  var isNumeric: Bool { numbers * 2 > filled }

  /// Whether there are several cells, and all are years.
  var isYears: Bool { filled > 1 && years == filled }

  /// Whether there are several cells, and all contain digits, as alphanumeric ids do.
  var isCoded: Bool { filled > 1 && withDigit == filled }

  /// Whether there are cells, and all are whole numbers.
  var isWhole: Bool { filled > 0 && wholeNumbers == filled }

  /// Whether there are cells, and all are dates, or recent times in one unit.
  var isTime: Bool { filled > 0 && (dates == filled || moments.values.contains(filled)) }

  /// The unit in which most of the numbers are recent times; nil if there is none with more than half of
  /// them, ignoring 0.
  var timeUnit: TimeUnit? {
    // If several units tie, the first case, which is the coarsest unit.
    let best = TimeUnit.allCases.max { moments[$0, default: 0] < moments[$1, default: 0] }
    return best.flatMap { isOfOurDays(in: $0) ? $0 : nil }
  }

  /// Returns whether most of the numbers, ignoring 0, are recent times in `unit`.
  func isOfOurDays(in unit: TimeUnit) -> Bool {
    moments[unit, default: 0] * 2 > wholeNumbers - zeros && wholeNumbers > zeros
  }

  private mutating func consider(_ cell: [UInt8]) {
    let whole = 0..<cell.count
    guard !cell.isEmpty, !FieldText.isMissing(cell.span, whole) else { return }
    filled += 1
    if cell.contains(where: { $0 &- UInt8(ascii: "0") <= 9 }) { withDigit += 1 }
    let decimals = DecimalSign.allCases.lazy.compactMap {
      DecimalNumber.float(cell.span, whole, decimal: $0)
    }
    if let number = decimals.first {
      numbers += 1
      greatest = max(greatest, number)
      if number == number.rounded() {
        wholeNumbers += 1
        if 1800...2100 ~= number { years += 1 }
      }
      if number == 0 { zeros += 1 }
      for unit in TimeUnit.allCases {
        guard let time = unit.time(cell.span, whole), TimeCheck.plausible.contains(time) else {
          continue
        }
        moments[unit, default: 0] += 1
      }
    } else if TimeUnit.seconds.time(cell.span, whole) != nil {
      dates += 1
    }
  }
}

extension [ColumnProfile] {
  /// Returns whether `line` is a header for these columns; the profiles are of the lines below it. It must
  /// have a text above numbers or times, and no number above any of them. If the columns have neither, texts
  /// without a digit above ids that all have one.
  func isNamed(by line: [String]) -> Bool {
    let cells = zip(line, self).map { (cell: ColumnProfile([$0]), column: $1) }
    let numeric = cells.filter { $0.column.isNumeric || $0.column.isTime }
    guard numeric.isEmpty else {
      return !numeric.contains { $0.cell.numbers > 0 || $0.cell.dates > 0 }
        && numeric.contains { $0.cell.filled > 0 }
    }
    let coded = cells.filter { $0.column.isCoded }
    return !coded.isEmpty && coded.allSatisfy { $0.cell.filled > 0 && $0.cell.withDigit == 0 }
  }
}
