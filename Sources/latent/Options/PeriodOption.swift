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
}
