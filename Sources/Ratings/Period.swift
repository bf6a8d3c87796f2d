/// A length of time as typed by a user: a whole number with its unit, such as `90m`, `36h` or `7d`, or
/// `250us` where units that fine are allowed.
package struct Period: Sendable, Hashable, CustomStringConvertible {
  /// The units of time, finest first.
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

  /// The maximum: 100 years.
  private static let limit = Duration.seconds(36_525 * 86_400)

  /// The period as a `Duration`.
  package let duration: Duration
  /// The period as typed.
  package let description: String

  /// Parses a period; nil if `text` is malformed, its unit is finer than `finest`, or it exceeds 100 years.
  package init?(_ text: String, finest: Unit = .second) {
    let digits = text.prefix { ("0"..."9").contains($0) }
    guard let unit = Unit(rawValue: String(text.dropFirst(digits.count))),
      unit.duration >= finest.duration, let count = UInt32(digits), digits == "\(count)",
      unit.duration * Int(count) <= Self.limit
    else { return nil }
    duration = unit.duration * Int(count)
    description = text
  }

  /// The period in whole seconds.
  package var seconds: Int { Int(duration.components.seconds) }
}
