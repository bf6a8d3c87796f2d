package import ModelRegistry

/// A figure that models are judged by, measured on held-out ratings.
///
/// A metric is one declaration in ``errors`` or ``ranking``, from which its place in reports, in the
/// records of runs, among the choices of a command line and in the gates follows:
///
///     static let mapAt10 = Metric("map@10", better: .higher, ofLists: 10) {
///       $0.averagePrecision(at: 10)
///     }
package struct Metric: Sendable {
  /// What a figure is computed from.
  enum Basis: Sendable {
    /// `figure` of the mean, over all held-out ratings, of `term` of the error.
    case predictions(
      term: @Sendable (Double) -> Double, figure: @Sendable (Double) -> Double)
    /// The mean, over the users who have held-out ratings, of `figure` of the first `length` items of
    /// their lists.
    case lists(length: Int, figure: @Sendable (JudgedList) -> Double)
    /// A figure of all those lists together, in which no user has a part that could be told.
    case catalogue(length: Int, figure: @Sendable (JudgedLists) -> Double)
    /// `figure` of the mean over samples that are none of ratings, such as images, of terms that are handed over.
    case samples(called: String, figure: @Sendable (Double) -> Double)
  }

  /// The name as command lines and records have it: `rmse`, `ndcg@10`.
  package let name: String
  /// Which figures are better, the lower or the higher ones.
  package let better: MetricDirection
  let basis: Basis

  /// A metric of predicted ratings: `figure` of the mean, over all held-out ratings, of `term` of
  /// each error, which is the prediction less the rating.
  package init(
    _ name: String, better: MetricDirection,
    ofErrors term: @escaping @Sendable (_ error: Double) -> Double,
    figure: @escaping @Sendable (Double) -> Double = { $0 }
  ) {
    self.name = name
    self.better = better
    basis = .predictions(term: term, figure: figure)
  }

  /// A metric of recommended items: the mean of `figure` over the users' lists. Those have at least
  /// `length` places, where there are as many items; all metrics of a report share them.
  package init(
    _ name: String, better: MetricDirection, ofLists length: Int,
    figure: @escaping @Sendable (JudgedList) -> Double
  ) {
    self.name = name
    self.better = better
    basis = .lists(length: length, figure: figure)
  }

  /// A metric of the lists of all users together.
  package init(
    _ name: String, better: MetricDirection, ofAllLists length: Int,
    figure: @escaping @Sendable (JudgedLists) -> Double
  ) {
    self.name = name
    self.better = better
    basis = .catalogue(length: length, figure: figure)
  }

  /// A metric of models that are none of ratings: `figure` of the mean of a term of each sample, such as an
  /// `image`. Whoever judges them hands the terms over: ``ModelReport/init(name:sums:figures:)``.
  package init(
    _ name: String, better: MetricDirection, ofEach sample: String,
    figure: @escaping @Sendable (Double) -> Double = { $0 }
  ) {
    self.name = name
    self.better = better
    basis = .samples(called: sample, figure: figure)
  }

  /// All metrics, in the order in which reports show them.
  package static let all = errors + ranking

  /// Those of ``all`` that a gate can go by: each user has a part in them, so that it can be told what is
  /// chance.
  package static let ofUsers = all.filter {
    if case .catalogue = $0.basis { false } else { true }
  }

  /// Those of ``all`` and some more, for a closer look at a model.
  package static let detailed = all + further

  /// The metric called `name`; nil when there is none.
  package init?(named name: String) {
    guard let metric = Self.detailed.first(where: { $0.name == name }) else { return nil }
    self = metric
  }

  /// Whether it is computed from predicted ratings, not from lists.
  package var isOfPredictions: Bool { listLength == nil }

  /// How long the lists have to be that it is made of; nil for one that is not made of lists.
  var listLength: Int? {
    switch basis {
    case .predictions, .samples: nil
    case .lists(let length, _), .catalogue(let length, _): length
    }
  }

  /// The figure that a mean over ratings or users makes.
  func figure(ofMean mean: Double) -> Double {
    switch basis {
    case .predictions(_, let figure), .samples(_, let figure): figure(mean)
    case .lists, .catalogue: mean
    }
  }

  /// What figures are means over, so that chance can be told, in words: 1 user, 12 users.
  func samples(_ count: Int) -> String {
    let name = if case .samples(let name, _) = basis { name } else { "user" }
    return count == 1 ? "1 \(name)" : "\(count) \(name)s"
  }

  /// By how much `figure` is better than `other`: negative where it is worse.
  func gain(of figure: Double, over other: Double) -> Double {
    better == .higher ? figure - other : other - figure
  }

  /// Whether `figure` is better than `other`. The same is not better, and what is not finite is worse
  /// than anything finite.
  package func isBetter(_ figure: Double, than other: Double) -> Bool {
    guard figure.isFinite, other.isFinite else { return figure.isFinite }
    return gain(of: figure, over: other) > 0
  }
}

extension Metric {
  /// What a model is judged by unless another figure is asked for: one that learns an order by what is
  /// at the top of its lists, as is any where all values are the same, as of plays and clicks; one that
  /// predicts by its error.
  package static func usual(ranks: Bool, valuesVary: Bool) -> Metric {
    ranks || !valuesVary ? .ndcgAt10 : .rmse
  }
}

extension Metric: Hashable {
  package static func == (left: Metric, right: Metric) -> Bool { left.name == right.name }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
