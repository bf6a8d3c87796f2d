/// Several models judged on the same held-out ratings: a table of models by metrics.
package struct ModelComparison: Sendable, Equatable {
  /// One a model, in the order they are to be shown.
  package let reports: [ModelReport]

  /// A comparison of `reports`, which must be on the same ratings.
  package init(_ reports: [ModelReport]) { self.reports = reports }

  /// The metrics that at least one model has a figure for, in the order of ``Metric``.
  package var metrics: [Metric] {
    Metric.allCases.filter { metric in reports.contains { $0[metric] != nil } }
  }

  /// The report with the best finite figure, the first of equals; nil when there is none.
  package func best(by metric: Metric) -> ModelReport? {
    var best: (report: ModelReport, figure: Double)?
    for report in reports {
      guard let figure = report[metric], figure.isFinite else { continue }
      if let best, !metric.isBetter(figure, than: best.figure) { continue }
      best = (report, figure)
    }
    return best?.report
  }

  /// All figures for the record of a run: those of `main` by their metric's name, those of the
  /// others behind their model's: `rmse`, `popularity.rmse`.
  package func figures(main: String) -> [String: Double] {
    var figures: [String: Double] = [:]
    for report in reports {
      let prefix = report.name == main ? "" : report.name + "."
      for (name, figure) in report.figures { figures[prefix + name] = figure }
    }
    return figures
  }
}
