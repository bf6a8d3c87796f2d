package import ModelRegistry

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
