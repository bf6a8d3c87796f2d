import ArgumentParser

/// A length of time as people type it: a whole number with its unit, `90m`, `36h`, `7d`.
struct Period {
  let duration: Duration

  private static let seconds: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

  /// Reads it. Throws for anything else, and for more than 100 years.
  init(_ argument: String) throws {
    let count = UInt32(argument.prefix { $0.isNumber })
    guard let unit = argument.last.flatMap({ Self.seconds[$0] }), let count,
      argument == "\(count)\(argument.suffix(1))"
    else {
      let number = count.flatMap { argument == "\($0)" ? $0 : nil } ?? 7
      throw ValidationError(
        "a whole number with its unit is needed, such as \(number)d, \(number)h or \(number)m.")
    }
    guard Int(count) * unit <= 36_525 * 86_400 else {
      throw ValidationError("it is more than 100 years.")
    }
    duration = .seconds(Int(count) * unit)
  }
}
