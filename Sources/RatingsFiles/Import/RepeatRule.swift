import Ratings

/// What several ratings of one item by one user within an import become.
package enum RepeatRule: String, Sendable, CaseIterable {
  /// The newest; where times are missing or the same, the last.
  case newest
  /// The sum of their values.
  case sum
  /// How many there are.
  case count
  /// The highest value.
  case max
  /// The mean of their values.
  case mean
  /// An error.
  case error
}

/// The ratings of one pair of user and item, put together as they come.
struct RepeatedRating {
  private let rule: RepeatRule
  private var newest: RatingState
  private var sum: Double
  private var highest: Float
  private var latest: Int64
  /// How many there are.
  private(set) var count = 1

  /// The first rating of a pair.
  init(_ first: RatingState, _ rule: RepeatRule) {
    self.rule = rule
    newest = first
    sum = Double(first.value)
    highest = first.value
    latest = first.time
  }

  /// Takes the next one, in the order of the lines.
  mutating func add(_ next: RatingState) {
    if !Timestamp.isNewer(newest.time, than: next.time) { newest = next }
    sum += Double(next.value)
    highest = Swift.max(highest, next.value)
    latest = Swift.max(latest, next.time)
    count += 1
  }

  /// What they become; the time is that of the newest. nil where that is an error.
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
