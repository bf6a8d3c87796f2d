import Ratings

/// What happens to several ratings of one item by one user within an import.
package enum RepeatRule: String, Sendable, CaseIterable {
  /// Keeps the newest; if times are missing or equal, the last.
  case newest
  /// Sums the values.
  case sum
  /// Counts the ratings.
  case count
  /// Keeps the highest value.
  case max
  /// Averages the values.
  case mean
  /// Throws an error.
  case error
}

/// The ratings of one pair of user and item, merged incrementally.
struct RepeatedRating {
  private let rule: RepeatRule
  private var newest: RatingState
  private var sum: Double
  private var highest: Float
  private var latest: Int64
  /// The number of ratings.
  private(set) var count = 1

  /// Starts with the first rating of a pair.
  init(_ first: RatingState, _ rule: RepeatRule) {
    self.rule = rule
    newest = first
    sum = Double(first.value)
    highest = first.value
    latest = first.time
  }

  /// Adds the next rating, in line order.
  mutating func add(_ next: RatingState) {
    if !Timestamp.isNewer(newest.time, than: next.time) { newest = next }
    sum += Double(next.value)
    highest = Swift.max(highest, next.value)
    latest = Swift.max(latest, next.time)
    count += 1
  }

  /// The merged rating, with the time of the newest; nil if the rule forbids repeats and there are some.
  var state: RatingState? {
    switch rule {
    case .newest: newest
    case .sum: RatingState(value: Float(sum), time: latest)
    case .count: RatingState(value: Float(count), time: latest)
    case .max: RatingState(value: highest, time: latest)
    case .mean: RatingState(value: Float(sum / Double(count)), time: latest)
    case .error: count == 1 ? newest : nil
    }
  }
}
