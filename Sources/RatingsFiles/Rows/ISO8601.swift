/// Parsing of dates and times in the extended format of ISO 8601.
enum ISO8601 {
  /// The years 1 to 9999 in microseconds since 1970.
  static let range: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

  /// Returns the microseconds since 1970 of `2000-07-30`, `2000-07-30T18:45`, `2000-07-30 18:45:03.25+02:00`
  /// and the like. Without a zone, the time is UTC. nil for anything else, and for nonexistent days and
  /// hours.
  static func time(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Int64? {
    var scan = Scan(position: field.lowerBound, end: field.upperBound)
    guard let year = scan.digits(4, bytes), scan.take("-", bytes),
      let month = scan.digits(2, bytes), scan.take("-", bytes), let day = scan.digits(2, bytes),
      year > 0, (1...12).contains(month), day > 0, day <= dayCount(year: year, month: month)
    else { return nil }
    var microseconds = daysSince1970(year: year, month: month, day: day) * 86_400_000_000
    if scan.isAtEnd { return microseconds }
    guard scan.take("T", bytes) || scan.take(" ", bytes) || scan.take("t", bytes),
      let hour = scan.digits(2, bytes), scan.take(":", bytes), let minute = scan.digits(2, bytes),
      hour < 24, minute < 60
    else { return nil }
    microseconds += (hour * 3600 + minute * 60) * 1_000_000
    if scan.take(":", bytes) {
      // A leap second counts as the first second of the next minute.
      guard let second = scan.digits(2, bytes), second <= 60 else { return nil }
      microseconds += second * 1_000_000
      if scan.take(".", bytes) || scan.take(",", bytes) {
        guard let fraction = scan.fraction(bytes) else { return nil }
        microseconds += fraction
      }
    }
    if scan.isAtEnd { return microseconds }
    guard let offset = scan.zone(bytes), scan.isAtEnd else { return nil }
    return microseconds - offset * 60_000_000
  }

  private static func dayCount(year: Int64, month: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Returns the days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-compatible
  /// low-level date algorithms"). Years begin in March, so that the leap day is their last.
  private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let marchMonth = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
    return 365 * marchYear + leapDays + dayOfYear - 719_468
  }

  /// A cursor over the text.
  private struct Scan {
    var position: Int
    let end: Int

    var isAtEnd: Bool { position == end }

    mutating func take(_ character: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
      guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    /// Parses a number of exactly `count` digits.
    mutating func digits(_ count: Int, _ bytes: Span<UInt8>) -> Int64? {
      guard position + count <= end else { return nil }
      var number: Int64 = 0
      for digitPosition in position..<position + count {
        let digit = bytes[digitPosition] &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        number = number * 10 + Int64(digit)
      }
      position += count
      return number
    }

    /// Parses decimals of a second, in microseconds; further digits are dropped.
    mutating func fraction(_ bytes: Span<UInt8>) -> Int64? {
      let first = position
      var worth: Int64 = 1_000_000
      var microseconds: Int64 = 0
      while position < end, bytes[position] &- UInt8(ascii: "0") <= 9 {
        worth /= 10
        microseconds += Int64(bytes[position] &- UInt8(ascii: "0")) * worth
        position += 1
      }
      return position > first ? microseconds : nil
    }

    /// Parses `Z`, `+02:00`, `+0200` or `+02`, in minutes east of Greenwich.
    mutating func zone(_ bytes: Span<UInt8>) -> Int64? {
      if take("Z", bytes) || take("z", bytes) { return 0 }
      let isWest = take("-", bytes)
      guard isWest || take("+", bytes), let hours = digits(2, bytes), hours < 24 else {
        return nil
      }
      var minutes: Int64 = 0
      if !isAtEnd {
        _ = take(":", bytes)
        guard let given = digits(2, bytes), given < 60 else { return nil }
        minutes = given
      }
      return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }
  }
}
