package import ModelRegistry

/// Several models evaluated on the same held-out ratings: a table of models by metrics.
package struct ModelComparison: Sendable, Equatable {
  /// One report per model, in display order.
  package let reports: [ModelReport]
  /// The metrics for which at least one model has a figure, in display order.
  package let metrics: [Metric]

  /// Compares `reports`, which must be on the same ratings, by `metrics`.
  package init(_ reports: [ModelReport], by metrics: [Metric] = Metric.all) {
    self.reports = reports
    self.metrics = metrics.filter { metric in reports.contains { $0[metric] != nil } }
  }

  /// Returns all figures for the record of a run. Those of `main` are keyed by metric, those of other models by model
  /// and metric: `rmse`, `popularity.rmse`.
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
