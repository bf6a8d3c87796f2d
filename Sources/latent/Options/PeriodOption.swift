import ArgumentParser
import Ratings

extension Period {
  /// Reads a length of time. Throws for anything else, and for more than 100 years.
  init(reading argument: String) throws {
    guard let period = Period(argument) else {
      let number = UInt32(argument) ?? 7
      throw ValidationError(
        "a whole number with its unit is needed, such as \(number)d, \(number)h or \(number)m, and 100 "
          + "years are the most.")
    }
    self = period
  }

  /// Reads a short one, such as `250us`. Throws for anything else, and for more than an hour.
  init(readingShort argument: String) throws {
    guard let period = Period(argument, finest: .microsecond), period.duration <= .seconds(3600)
    else {
      throw ValidationError(
        "a whole number with its unit is needed, such as 10ms, 250us or 2s, and an hour is the most."
      )
    }
    self = period
  }
}
