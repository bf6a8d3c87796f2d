package import Interactions
import Ratings
package import Recommenders

/// What one model is worth on held-out ratings.
package struct ModelReport: Sendable, Equatable {
  /// What the model is called in the report: its kind, or "in service".
  package let name: String
  private let figures: [Metric: Double]

  /// Judges `model` by `metrics` on the held-out part of `ratings`. Two models judged on one `ratings`
  /// are judged alike, whatever their vocabularies.
  package init(
    name: String, model: any ScoredModel, ratings: SplitRatings, metrics: [Metric] = Metric.all,
    threadCount: Int
  ) {
    let errors = PredictedRatings.figures(
      of: metrics, for: model, on: ratings.heldOut, threadCount: threadCount)
    let ranking = JudgedLists.figures(
      of: metrics, for: Recommender(model: model), on: ratings, threadCount: threadCount)
    self.init(name: name, figures: errors.merging(ranking) { error, _ in error })
  }

  /// A report of figures that are known.
  package init(name: String, figures: [Metric: Double]) {
    self.name = name
    self.figures = figures
  }

  /// One figure; nil when it was not measured.
  package subscript(metric: Metric) -> Double? { figures[metric] }
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
  package func figures(main: String) -> [String: Double] {
    var figures: [String: Double] = [:]
    for report in reports {
      let prefix = report.name == main ? "" : report.name + "."
      for metric in metrics { figures[prefix + metric.name] = report[metric] }
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
    items = (0..<table.itemCount).map { model.items.index(of: table.identifier(of: ItemIndex($0))) }
  }
}
