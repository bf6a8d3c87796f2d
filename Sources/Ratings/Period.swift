/// A length of time as people type it: a whole number with its unit, `90m`, `36h`, `7d`, or, where such are asked for, `250us`.
package struct Period: Sendable, Hashable, CustomStringConvertible {
  /// What lengths are typed in, the finest first.
  package enum Unit: String, Sendable {
    case microsecond = "us"
    case millisecond = "ms"
    case second = "s"
    case minute = "m"
    case hour = "h"
    case day = "d"

    fileprivate var duration: Duration {
      switch self {
      case .microsecond: .microseconds(1)
      case .millisecond: .milliseconds(1)
      case .second: .seconds(1)
      case .minute: .seconds(60)
      case .hour: .seconds(3600)
      case .day: .seconds(86_400)
      }
    }
  }

  /// The longest: 100 years.
  private static let limit = Duration.seconds(36_525 * 86_400)

  /// Its length as clocks measure it.
  package let duration: Duration
  /// As it was typed.
  package let description: String

  /// Reads it; nil for anything else, for a unit finer than `finest`, and for more than 100 years.
  package init?(_ text: String, finest: Unit = .second) {
    let digits = text.prefix { ("0"..."9").contains($0) }
    guard let unit = Unit(rawValue: String(text.dropFirst(digits.count))),
      unit.duration >= finest.duration, let count = UInt32(digits), digits == "\(count)",
      unit.duration * Int(count) <= Self.limit
    else { return nil }
    duration = unit.duration * Int(count)
    description = text
  }

  /// Its length in whole seconds.
  package var seconds: Int { Int(duration.components.seconds) }
}
