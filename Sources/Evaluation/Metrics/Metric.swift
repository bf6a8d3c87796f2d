package import ModelRegistry

/// An evaluation metric, measured on held-out ratings.
///
/// A metric is one declaration in ``errors`` or ``ranking``. Its place in reports, run records, command-line choices
/// and gates follows from that:
///
///     static let mapAt10 = Metric("map@10", better: .higher, ofLists: 10) {
///       $0.averagePrecision(at: 10)
///     }
package struct Metric: Sendable {
  /// The inputs of a metric.
  enum Basis: Sendable {
    /// `figure` of the mean of `term` of the error over all held-out ratings.
    case predictions(
      term: @Sendable (Double) -> Double, figure: @Sendable (Double) -> Double)
    /// The mean of `figure` over the users with held-out ratings, from the first `length` items of their lists.
    case lists(length: Int, figure: @Sendable (JudgedList) -> Double)
    /// A figure of all lists together that cannot be attributed to individual users.
    case catalogue(length: Int, figure: @Sendable (JudgedLists) -> Double)
    /// `figure` of the mean of supplied terms over samples other than ratings, such as images.
    case samples(called: String, figure: @Sendable (Double) -> Double)
  }

  /// The name on command lines and in records: `rmse`, `ndcg@10`.
  package let name: String
  /// Whether lower or higher figures are better.
  package let better: MetricDirection
  let basis: Basis

  /// Creates a metric of predicted ratings: `figure` of the mean over all held-out ratings of `term` of the error,
  /// prediction minus rating.
  package init(
    _ name: String, better: MetricDirection,
    ofErrors term: @escaping @Sendable (_ error: Double) -> Double,
    figure: @escaping @Sendable (Double) -> Double = { $0 }
  ) {
    self.name = name
    self.better = better
    basis = .predictions(term: term, figure: figure)
  }

  /// Creates a metric of recommended items: the mean of `figure` over the users' lists. Lists have at least `length`
  /// items if there are as many; all metrics of a report share them.
  package init(
    _ name: String, better: MetricDirection, ofLists length: Int,
    figure: @escaping @Sendable (JudgedList) -> Double
  ) {
    self.name = name
    self.better = better
    basis = .lists(length: length, figure: figure)
  }

  /// Creates a metric of the lists of all users together.
  package init(
    _ name: String, better: MetricDirection, ofAllLists length: Int,
    figure: @escaping @Sendable (JudgedLists) -> Double
  ) {
    self.name = name
    self.better = better
    basis = .catalogue(length: length, figure: figure)
  }

  /// Creates a metric for models of data other than ratings: `figure` of the mean of a term per sample, such as an
  /// `image`. The evaluation supplies the terms: ``ModelReport/init(name:sums:figures:)``.
  package init(
    _ name: String, better: MetricDirection, ofEach sample: String,
    figure: @escaping @Sendable (Double) -> Double = { $0 }
  ) {
    self.name = name
    self.better = better
    basis = .samples(called: sample, figure: figure)
  }

  /// All metrics, in the order shown in reports.
  package static let all = errors + ranking

  /// The metrics of ``all`` that a gate can use: they can be attributed to users, so that their significance can be
  /// tested.
  package static let ofUsers = all.filter {
    if case .catalogue = $0.basis { false } else { true }
  }

  /// The metrics of ``all`` and further ones, for a closer look at a model.
  package static let detailed = all + further

  /// Looks up the metric called `name`; nil if there is none.
  package init?(named name: String) {
    guard let metric = Self.detailed.first(where: { $0.name == name }) else { return nil }
    self = metric
  }

  /// Whether the metric is computed from predicted ratings, not from lists.
  package var isOfPredictions: Bool { listLength == nil }

  /// The list length that the metric needs; nil if it does not use lists.
  var listLength: Int? {
    switch basis {
    case .predictions, .samples: nil
    case .lists(let length, _), .catalogue(let length, _): length
    }
  }

  /// Returns the figure for a mean over ratings or users.
  func figure(ofMean mean: Double) -> Double {
    switch basis {
    case .predictions(_, let figure), .samples(_, let figure): figure(mean)
    case .lists, .catalogue: mean
    }
  }

  /// Returns the number of resampled units in words: 1 user, 12 users.
  func samples(_ count: Int) -> String {
    let name = if case .samples(let name, _) = basis { name } else { "user" }
    return count == 1 ? "1 \(name)" : "\(count) \(name)s"
  }

  /// Returns the improvement of `figure` over `other`; negative if it is worse.
  func gain(of figure: Double, over other: Double) -> Double {
    better == .higher ? figure - other : other - figure
  }

  /// Whether `figure` is better than `other`. Equal figures are not better, and any finite figure is better than one
  /// that is not.
  package func isBetter(_ figure: Double, than other: Double) -> Bool {
    guard figure.isFinite, other.isFinite else { return figure.isFinite }
    return gain(of: figure, over: other) > 0
  }
}

extension Metric {
  /// Returns the default metric of a model. Models that learn a ranking, and all models if all values are equal, as
  /// with plays and clicks, are evaluated by the top of their lists; rating predictors by their error.
  package static func usual(ranks: Bool, valuesVary: Bool) -> Metric {
    ranks || !valuesVary ? .ndcgAt10 : .rmse
  }
}

extension Metric: Hashable {
  package static func == (left: Metric, right: Metric) -> Bool { left.name == right.name }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
