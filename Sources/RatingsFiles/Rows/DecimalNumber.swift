/// What stands before the decimals of a number.
package enum DecimalSign: String, Sendable, CaseIterable {
  case point = "."
  case comma = ","

  /// The other one.
  var other: DecimalSign { self == .point ? .comma : .point }

  var byte: UInt8 { self == .point ? UInt8(ascii: ".") : UInt8(ascii: ",") }
}

/// Reading of numbers from the bytes of a column, exact to the last bit.
enum DecimalNumber {
  /// The nearest 32-bit number to the decimal in `field`, such as `4`, `3.5`, `-2.25e1`, spaces
  /// around it aside; infinite when it is beyond their range. nil for anything else: no hexadecimal,
  /// no `nan`, no other sign than `decimal` before the decimals.
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
    // Whole numbers up to 2^24 and powers of ten up to 10^10 are 32-bit floats without rounding, so
    // one division rounds once and right (Clinger, "How to read floating point numbers accurately").
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

  /// Whether `field` is a whole number whose thousands are set apart by `separator`, at least once: `1,234`,
  /// not `0,123`.
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

  /// 1 or 0 for `true` or `false`, in any case of letters; nil for anything else.
  static func boolean(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Float? {
    let field = trimmingSpaces(bytes, field)
    guard field.count == 4 || field.count == 5 else { return nil }
    switch FieldText.decoded(bytes, field)?.lowercased() {
    case "true": return 1
    case "false": return 0
    default: return nil
    }
  }

  /// The integer in `field`: digits with at most a sign before them, leading zeros read over. nil
  /// for anything else, and beyond 64 bits.
  static func integer(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Int64? {
    guard let first = field.first else { return nil }
    let isNegative = bytes[first] == UInt8(ascii: "-")
    var position = isNegative || bytes[first] == UInt8(ascii: "+") ? first + 1 : first
    guard position < field.upperBound else { return nil }
    // Counting downwards reaches the least integer, which has no positive counterpart.
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

  /// What stands before decimals that are all zeros; nil without such.
  static func withoutZeroDecimals(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Range<Int>? {
    var position = field.upperBound
    while position > field.lowerBound, bytes[position - 1] == UInt8(ascii: "0") { position -= 1 }
    guard position < field.upperBound, position > field.lowerBound,
      bytes[position - 1] == UInt8(ascii: ".")
    else { return nil }
    return field.lowerBound..<position - 1
  }

  /// `field` without the spaces and tabulators at its ends.
  static func trimmingSpaces(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Range<Int> {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var (lower, upper) = (field.lowerBound, field.upperBound)
    while lower < upper, isSpace(bytes[lower]) { lower += 1 }
    while lower < upper, isSpace(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }

  /// Whether the bytes are an exponent: `e`, a sign or none, digits.
  private static func isExponent(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    guard let first = field.first, bytes[first] | 0x20 == UInt8(ascii: "e") else { return false }
    return integer(bytes, first + 1..<field.upperBound) != nil
  }

  private static let powersOfTen: [Float] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
}
