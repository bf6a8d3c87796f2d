import ArgumentParser
import Ratings

extension Period {
  /// Parses a period. Throws for any other form, and for more than 100 years.
  init(reading argument: String) throws {
    guard let period = Period(argument) else {
      let number = UInt32(argument) ?? 7
      throw ValidationError(
        "give a whole number with a unit, such as \(number)d, \(number)h or \(number)m, of at most 100 "
          + "years.")
    }
    self = period
  }

  /// Parses a short period, such as `250us`. Throws for any other form, and for more than an hour.
  init(readingShort argument: String) throws {
    guard let period = Period(argument, finest: .microsecond), period.duration <= .seconds(3600)
    else {
      throw ValidationError(
        "give a whole number with a unit, such as 10ms, 250us or 2s, of at most an hour."
      )
    }
    self = period
  }
}
