/// The items that can still be among a user's best `count`, as bounds on their scores come in.
///
/// Each score is known to lie between a lower and an upper bound. The `count`-th greatest lower
/// bound is a threshold: an item whose upper bound is below it is not among the best.
struct CandidateList {
  private struct Candidate {
    var row: UInt32
    var upper: Float
  }

  private var candidates: [Candidate] = []
  private var lowerBounds: GreatestKept<Float>
  /// Upper bounds below this are of no interest.
  private(set) var threshold = -Float.infinity

  /// A list for the best `count`.
  init(count: Int) { lowerBounds = GreatestKept(count: count) }

  /// Takes an item whose score is within `lower ... upper`, neither of them NaN.
  mutating func add(_ row: UInt32, lower: Float, upper: Float) {
    candidates.append(Candidate(row: row, upper: upper))
    guard lowerBounds.admits(lower) else { return }
    lowerBounds.insert(lower)
    threshold = lowerBounds.least ?? -.infinity
  }

  /// The rows of the items that are not ruled out, in the order they came.
  func remaining() -> [UInt32] {
    candidates.compactMap { $0.upper >= threshold ? $0.row : nil }
  }
}
