/// The unit of whole numbers in a file's time column, since 1970-01-01 00:00 UTC. ISO 8601 times are
/// recognised in any unit.
package enum TimeUnit: String, Sendable, CaseIterable {
  case seconds = "s"
  case milliseconds = "ms"
  case microseconds = "us"
  case nanoseconds = "ns"

  /// The unit's plural name.
  var words: String { "\(self)" }

  /// The number of units in a second.
  private var perSecond: Int64 {
    switch self {
    case .seconds: 1
    case .milliseconds: 1000
    case .microseconds: 1_000_000
    case .nanoseconds: 1_000_000_000
    }
  }

  /// Returns the time in `field`, in microseconds since 1970. It may be a number in this unit, with decimals,
  /// of which fractions of a microsecond are dropped, or ISO 8601. nil for anything else, and outside the
  /// years 1 to 9999.
  func time(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Int64? {
    let field = DecimalNumber.trimmingSpaces(bytes, field)
    let time = Self.isDate(bytes, field) ? ISO8601.time(bytes, field) : number(bytes, field)
    guard let time, ISO8601.range.contains(time) else { return nil }
    return time
  }

  /// Returns whether `field`, which is a time, is a date rather than a number.
  static func isDate(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    field.count >= 10 && bytes[field.lowerBound + 4] == UInt8(ascii: "-")
      && bytes[field.lowerBound + 7] == UInt8(ascii: "-")
  }

  private func number(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Int64? {
    var wholeEnd = field.lowerBound
    while wholeEnd < field.upperBound, bytes[wholeEnd] != UInt8(ascii: ".") { wholeEnd += 1 }
    guard let whole = DecimalNumber.integer(bytes, field.lowerBound..<wholeEnd) else { return nil }
    guard perSecond <= 1_000_000 else {
      // Digits below a microsecond, including decimals, are dropped, but must still be digits.
      for position in min(wholeEnd + 1, field.upperBound)..<field.upperBound
      where bytes[position] &- UInt8(ascii: "0") > 9 { return nil }
      let (quotient, remainder) = whole.quotientAndRemainder(dividingBy: perSecond / 1_000_000)
      return remainder < 0 ? quotient - 1 : quotient
    }
    let microseconds = 1_000_000 / perSecond
    let (product, overflow) = whole.multipliedReportingOverflow(by: microseconds)
    guard !overflow else { return nil }
    var worth = microseconds
    var fraction: Int64 = 0
    for position in min(wholeEnd + 1, field.upperBound)..<field.upperBound {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      worth /= 10
      fraction += Int64(digit) * worth
    }
    let isNegative = bytes[field.lowerBound] == UInt8(ascii: "-")
    let (sum, isBeyond) =
      isNegative
      ? product.subtractingReportingOverflow(fraction) : product.addingReportingOverflow(fraction)
    return isBeyond ? nil : sum
  }
}
