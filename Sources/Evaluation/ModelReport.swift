package import Interactions
package import ModelRegistry
import Ratings
package import Recommenders

/// What one model is worth on held-out ratings.
package struct ModelReport: Sendable, Equatable {
  /// What the model is called in the report: its kind, or "in service".
  package let name: String
  private let figures: [Metric: Double]
  /// What the figures are means of, of those that are.
  let sums: [Metric: UserSums]

  /// Judges `model` by `metrics` on the held-out part of `ratings`, and for errors the `predictor` beside it,
  /// where there is one. Two models judged on one `ratings`
  /// are judged alike, whatever their vocabularies.
  package init(
    name: String, model: any ScoredModel, predictor: (any ScoredModel)? = nil,
    ratings: SplitRatings, metrics: [Metric] = Metric.all, threadCount: Int
  ) {
    var sums = PredictionErrors.sums(
      of: metrics, for: predictor ?? model, on: ratings.heldOut, threadCount: threadCount)
    var figures: [Metric: Double] = [:]
    let length = metrics.compactMap(\.listLength).max()
    if let length,
      let lists = JudgedLists(
        by: Recommender(model: model), on: ratings, length: length, threadCount: threadCount)
    {
      for metric in metrics {
        switch metric.basis {
        case .predictions: break
        case .lists(_, let figure): sums[metric] = UserSums(lists.lists.map(figure))
        case .catalogue(_, let figure): figures[metric] = figure(lists)
        }
      }
    }
    self.init(name: name, sums: sums, figures: figures)
  }

  /// A report of sums that are known, and of `figures` that no user has a part in.
  package init(name: String, sums: [Metric: UserSums], figures: [Metric: Double] = [:]) {
    self.name = name
    self.sums = sums
    self.figures = figures.merging(sums.map { ($0, $0.figure(ofMean: $1.mean)) }) { $1 }
  }

  /// One figure; nil when it was not measured.
  package subscript(metric: Metric) -> Double? { figures[metric] }
}

/// What a metric comes to for each user: it is the mean of all that is summed up here.
package struct UserSums: Sendable, Equatable {
  /// A user's sum.
  let sums: [Double]
  /// Of how many things it is one.
  let counts: [Double]

  /// `sums[n]` of `counts[n]` things each.
  package init(sums: [Double], counts: [Double]) {
    precondition(sums.count == counts.count, "one count a sum")
    self.sums = sums
    self.counts = counts
  }

  /// One figure a user.
  package init(_ figures: [Double]) {
    self.init(sums: figures, counts: Array(repeating: 1, count: figures.count))
  }

  /// The mean over all users; NaN without any.
  var mean: Double { sums.reduce(0, +) / counts.reduce(0, +) }
}

/// Several models judged on the same held-out ratings: a table of models by metrics.
package struct ModelComparison: Sendable, Equatable {
  /// One a model, in the order they are to be shown.
  package let reports: [ModelReport]
  /// The metrics that at least one model has a figure for, in the order they are to be shown.
  package let metrics: [Metric]

  /// A comparison by `metrics` of `reports`, which must be on the same ratings.
  package init(_ reports: [ModelReport], by metrics: [Metric] = Metric.all) {
    self.reports = reports
    self.metrics = metrics.filter { metric in reports.contains { $0[metric] != nil } }
  }

  /// All figures for the record of a run: those of `main` by their metric's name, those of the
  /// others behind their model's: `rmse`, `popularity.rmse`.
  package func figures(main: String) -> [String: TrainingRun.Figure] {
    var figures: [String: TrainingRun.Figure] = [:]
    for report in reports {
      let prefix = report.name == main ? "" : report.name + "."
      for metric in metrics {
        figures[prefix + metric.name] = report[metric].map {
          TrainingRun.Figure($0, better: metric.better)
        }
      }
    }
    return figures
  }
}

/// Where a model has the users and items of a table: a model with another vocabulary, such as the
/// one in service, is judged on the same ratings by their ids.
struct ModelRows: Sendable {
  /// For each of the table's users the model's row; nil where the model does not know the user.
  let users: [UserIndex?]
  /// For each of the table's items the model's row; nil where the model does not know the item.
  let items: [ItemIndex?]

  /// Looks up each id once.
  init(of table: InteractionTable, in model: any ScoredModel) {
    users = (0..<table.userCount).map { model.users.index(of: table.identifier(of: UserIndex($0))) }
    items = Self.items(of: table, in: model)
  }

  /// For each of the table's items the model's row; nil where the model does not know the item.
  static func items(of table: InteractionTable, in model: any ScoredModel) -> [ItemIndex?] {
    (0..<table.itemCount).map { model.items.index(of: table.identifier(of: ItemIndex($0))) }
  }
}
