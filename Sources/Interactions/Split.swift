import Errors

/// How ratings are divided into a training part and a held-out part.
///
/// A rating's side under ``random(share:seed:)`` follows from a hash of the seed and the two ids
/// alone: it stays there however the data grows, so that two nights' models can be judged on the
/// same held-out ratings, and the held-out number is only about the share.
package enum Split: Equatable, Sendable {
  /// Everything is for training.
  case none
  /// Each rating is held out with the probability `share`, 0 < share < 1, decided by hash.
  case random(share: Double, seed: UInt64)
  /// The newest `share` of all ratings is held out: those from one moment on, ratings of the same
  /// moment on the same side, so that it may be more. Every rating needs a time.
  case time(share: Double)
  /// Of each user with more than `count` ratings, the newest `count` (of the same moment, those of
  /// the higher item rows); users with fewer are left in training. Every rating needs a time.
  case lastPerUser(count: Int)
  /// Of each user's n ratings, the `share * n`, rounded to nearest and at most n - 1, with the
  /// lowest hashes.
  case sharePerUser(share: Double, seed: UInt64)

  /// Whether ratings need times to be split like this.
  package var needsTimes: Bool {
    switch self {
    case .none, .random, .sharePerUser: false
    case .time, .lastPerUser: true
    }
  }
}

extension Split: CustomStringConvertible {
  /// Reads `none`, `random:0.2`, `time:0.1`, `last:1` or `user-share:0.2`. The seed is for those
  /// that draw. Throws ``InteractionErrorCode/badSplit`` when `text` is none of these, a share is
  /// not between 0 and 1, or a count is below 1.
  package init(_ text: String, seed: UInt64 = 0) throws(InteractionError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let share = parts.count == 2 ? Double(parts[1]) : nil
    switch (parts[0], parts.count) {
    case ("none", 1):
      self = .none
    case ("random", 2):
      self = .random(share: share ?? .nan, seed: seed)
    case ("time", 2):
      self = .time(share: share ?? .nan)
    case ("last", 2):
      self = .lastPerUser(count: Int(parts[1]) ?? 0)
    case ("user-share", 2):
      self = .sharePerUser(share: share ?? .nan, seed: seed)
    default:
      throw InteractionError(
        .badSplit, "not a split", place: "split \(text)",
        remedy: "Write none, random:0.2, time:0.1, last:1 or user-share:0.2.")
    }
    do { try check() } catch {
      throw InteractionError(
        error.code, error.problem, place: "split \(text)", remedy: error.remedy)
    }
  }

  /// The split as it is written on the command line, without its seed.
  package var description: String {
    switch self {
    case .none: "none"
    case .random(let share, _): "random:\(share)"
    case .time(let share): "time:\(share)"
    case .lastPerUser(let count): "last:\(count)"
    case .sharePerUser(let share, _): "user-share:\(share)"
    }
  }

  /// Throws ``InteractionErrorCode/badSplit`` unless the share or count is within its bounds.
  func check() throws(InteractionError) {
    switch self {
    case .none:
      break
    case .random(let share, _), .time(let share), .sharePerUser(let share, _):
      guard share > 0, share < 1 else {
        throw InteractionError(
          .badSplit, "the share is not a number between 0 and 1", place: "split \(self)",
          remedy: "Write a share such as 0.2.")
      }
    case .lastPerUser(let count):
      guard count >= 1 else {
        throw InteractionError(
          .badSplit, "the count is not a whole number from 1", place: "split \(self)",
          remedy: "Write a count such as 1.")
      }
    }
  }
}
