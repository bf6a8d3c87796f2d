/// The decimal sign of a number.
package enum DecimalSign: String, Sendable, CaseIterable {
  case point = "."
  case comma = ","

  /// The opposite sign.
  var other: DecimalSign { self == .point ? .comma : .point }

  var byte: UInt8 { self == .point ? UInt8(ascii: ".") : UInt8(ascii: ",") }
}

/// Parsing of numbers from the bytes of a column, correctly rounded.
enum DecimalNumber {
  /// Returns the 32-bit number nearest to the decimal in `field`, such as `4`, `3.5` or `-2.25e1`, ignoring
  /// spaces around it; infinite if it is out of range. nil for anything else: hexadecimal, `nan`, or a
  /// decimal sign other than `decimal`.
  static func float(
    _ bytes: Span<UInt8>, _ field: Range<Int>, decimal: DecimalSign = .point
  ) -> Float? {
    let field = trimmingSpaces(bytes, field)
    var position = field.lowerBound
    let isNegative = position < field.upperBound && bytes[position] == UInt8(ascii: "-")
    if isNegative || (position < field.upperBound && bytes[position] == UInt8(ascii: "+")) {
      position += 1
    }
    var mantissa: UInt32 = 0
    var digitCount = 0
    var decimals = 0
    var isPastPoint = false
    while position < field.upperBound {
      let digit = bytes[position] &- UInt8(ascii: "0")
      if digit <= 9 {
        digitCount += 1
        if digitCount <= 8 { mantissa = mantissa &* 10 &+ UInt32(digit) }
        if isPastPoint { decimals += 1 }
      } else if bytes[position] == decimal.byte, !isPastPoint {
        isPastPoint = true
      } else {
        break
      }
      position += 1
    }
    guard digitCount > 0 else { return nil }
    // Whole numbers up to 2^24 and powers of ten up to 10^10 are exact 32-bit floats, so a single division
    // rounds once and correctly (Clinger, "How to read floating point numbers accurately").
    if position == field.upperBound, digitCount <= 8, mantissa <= 1 << 24 {
      let magnitude = Float(mantissa) / powersOfTen[decimals]
      return isNegative ? -magnitude : magnitude
    }
    guard position == field.upperBound || isExponent(bytes, position..<field.upperBound) else {
      return nil
    }
    return FieldText.decoded(bytes, field).flatMap {
      Float(decimal == .point ? $0 : $0.replacing(decimal.rawValue, with: "."))
    }
  }

  /// Returns whether `field` is a whole number with at least one `separator` between groups of thousands,
  /// such as `1,234` but not `0,123`.
  static func isGrouped(
    _ bytes: Span<UInt8>, _ field: Range<Int>, by separator: DecimalSign
  ) -> Bool {
    let field = trimmingSpaces(bytes, field)
    guard field.count >= 5, bytes[field.upperBound - 4] == separator.byte else { return false }
    let isNegative = bytes[field.lowerBound] == UInt8(ascii: "-")
    let first = isNegative ? field.lowerBound + 1 : field.lowerBound
    guard bytes[first] != UInt8(ascii: "0") else { return false }
    var (groupCount, digitCount) = (1, 0)
    for position in first..<field.upperBound {
      if bytes[position] == separator.byte {
        guard groupCount == 1 ? 1...3 ~= digitCount : digitCount == 3 else { return false }
        (groupCount, digitCount) = (groupCount + 1, 0)
      } else if bytes[position] &- UInt8(ascii: "0") <= 9 {
        digitCount += 1
      } else {
        return false
      }
    }
    return groupCount > 1 && digitCount == 3
  }

  /// Returns 1 or 0 for `true` or `false`, ignoring case; nil for anything else.
  static func boolean(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Float? {
    let field = trimmingSpaces(bytes, field)
    guard field.count == 4 || field.count == 5 else { return nil }
    switch FieldText.decoded(bytes, field)?.lowercased() {
    case "true": return 1
    case "false": return 0
    default: return nil
    }
  }

  /// Returns the integer in `field`: digits with an optional sign, ignoring leading zeros. nil for anything
  /// else, and if 64 bits overflow.
  static func integer(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Int64? {
    guard let first = field.first else { return nil }
    let isNegative = bytes[first] == UInt8(ascii: "-")
    var position = isNegative || bytes[first] == UInt8(ascii: "+") ? first + 1 : first
    guard position < field.upperBound else { return nil }
    // Accumulating downwards reaches the minimum integer, which has no positive counterpart.
    var value: Int64 = 0
    while position < field.upperBound {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, underflow) = tenfold.subtractingReportingOverflow(Int64(digit))
      if overflow || underflow { return nil }
      value = next
      position += 1
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  /// Returns the part before decimals that are all zeros; nil if there are none.
  static func withoutZeroDecimals(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Range<Int>? {
    var position = field.upperBound
    while position > field.lowerBound, bytes[position - 1] == UInt8(ascii: "0") { position -= 1 }
    guard position < field.upperBound, position > field.lowerBound,
      bytes[position - 1] == UInt8(ascii: ".")
    else { return nil }
    return field.lowerBound..<position - 1
  }

  /// Returns `field` without leading and trailing spaces and tabs.
  static func trimmingSpaces(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Range<Int> {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var (lower, upper) = (field.lowerBound, field.upperBound)
    while lower < upper, isSpace(bytes[lower]) { lower += 1 }
    while lower < upper, isSpace(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }

  /// Returns whether the bytes are an exponent: `e`, an optional sign, digits.
  private static func isExponent(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    guard let first = field.first, bytes[first] | 0x20 == UInt8(ascii: "e") else { return false }
    return integer(bytes, first + 1..<field.upperBound) != nil
  }

  private static let powersOfTen: [Float] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
}
