/// A length of time as people type it: a whole number with its unit, `90m`, `36h`, `7d`.
package struct Period: Sendable, Hashable, CustomStringConvertible {
  /// The longest, in seconds: 100 years.
  package static let limit = 36_525 * 86_400
  /// The seconds of each unit.
  private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

  /// Its length.
  package let seconds: Int
  /// As it was typed.
  package let description: String

  /// Reads it; nil for anything else, and for more than ``limit``.
  package init?(_ text: String) {
    guard let unit = text.last.flatMap({ Self.units[$0] }), let count = UInt32(text.dropLast()),
      text == "\(count)\(text.suffix(1))", Int(count) * unit <= Self.limit
    else { return nil }
    seconds = Int(count) * unit
    description = text
  }

  /// Its length as clocks measure it.
  package var duration: Duration { .seconds(seconds) }
}
