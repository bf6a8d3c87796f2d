import ArgumentParser

/// A length of time as people type it: a whole number with its unit, `90m`, `36h`, `7d`.
struct Period: ExpressibleByArgument {
  let duration: Duration

  private static let seconds: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

  /// Reads it; nil for anything else, and for more than 100 years.
  init?(argument: String) {
    guard let unit = argument.last.flatMap({ Self.seconds[$0] }),
      let count = UInt32(argument.dropLast()), Int(count) * unit <= 36_525 * 86_400
    else { return nil }
    duration = .seconds(Int(count) * unit)
  }
}
