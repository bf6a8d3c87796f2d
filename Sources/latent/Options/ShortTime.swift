import ArgumentParser

/// A short time as people write it: `250us`, `10ms`, `2s`.
struct ShortTime: CustomStringConvertible {
  let duration: Duration
  /// As it was typed.
  let description: String

  private static let units: [(name: String, duration: Duration)] = [
    ("us", .microseconds(1)), ("ms", .milliseconds(1)), ("s", .seconds(1)),
  ]
  /// The longest: an hour.
  private static let limit = Duration.seconds(3600)

  /// Throws for anything else, and for more than an hour.
  init(reading text: String) throws(ValidationError) {
    guard let (name, unit) = Self.units.first(where: { text.hasSuffix($0.name) }),
      let count = UInt32(text.dropLast(name.count)), unit * Int(count) <= Self.limit
    else {
      throw ValidationError(
        "a whole number with its unit is needed, such as 10ms, 250us or 2s, and an hour is the most."
      )
    }
    duration = unit * Int(count)
    description = text
  }
}
