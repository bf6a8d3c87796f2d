/// A figure that models are judged by, measured on held-out ratings.
///
/// A metric is one declaration in ``errors`` or ``ranking``, from which its place in reports, in the
/// records of runs, among the choices of a command line and in the gates follows:
///
///     static let mapAt10 = Metric("map@10", better: .higher, ofLists: 10) { lists in
///       lists.mean { $0.averagePrecision(at: 10) }
///     }
package struct Metric: Sendable {
  /// Which of two figures is better.
  package enum Direction: String, Sendable {
    case lower
    case higher
  }

  /// What a figure is computed from.
  enum Basis: Sendable {
    /// The predictions of all held-out ratings, a chunk at a time: `term` returns a chunk's sum, and
    /// `figure` makes the figure of the mean over all ratings.
    case predictions(
      term: @Sendable (PredictedRatings) -> Double, figure: @Sendable (Double) -> Double)
    /// The first `length` items of the list of each user who has held-out ratings.
    case lists(length: Int, figure: @Sendable (JudgedLists) -> Double)
  }

  /// The name as command lines and records have it: `rmse`, `ndcg@10`.
  package let name: String
  /// Which figures are better, the lower or the higher ones.
  package let better: Direction
  let basis: Basis

  /// A metric of predicted ratings: `figure` of the mean, over all held-out ratings, of what `term`
  /// sums up for some of them.
  package init(
    _ name: String, better: Direction,
    ofPredictions term: @escaping @Sendable (PredictedRatings) -> Double,
    figure: @escaping @Sendable (Double) -> Double = { $0 }
  ) {
    self.name = name
    self.better = better
    basis = .predictions(term: term, figure: figure)
  }

  /// A metric of recommended items. The lists that `figure` gets have at least `length` places, where
  /// there are as many items; all metrics of a report share them.
  package init(
    _ name: String, better: Direction, ofLists length: Int,
    figure: @escaping @Sendable (JudgedLists) -> Double
  ) {
    self.name = name
    self.better = better
    basis = .lists(length: length, figure: figure)
  }

  /// All metrics, in the order in which reports show them.
  package static let all = errors + ranking

  /// The metric called `name`; nil when there is none.
  package init?(named name: String) {
    guard let metric = Self.all.first(where: { $0.name == name }) else { return nil }
    self = metric
  }

  /// Whether `figure` is better than `other`. The same is not better, and what is not finite is worse
  /// than anything finite.
  package func isBetter(_ figure: Double, than other: Double) -> Bool {
    guard figure.isFinite, other.isFinite else { return figure.isFinite }
    return switch better {
    case .lower: figure < other
    case .higher: figure > other
    }
  }
}

extension Metric: Hashable {
  package static func == (left: Metric, right: Metric) -> Bool { left.name == right.name }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
