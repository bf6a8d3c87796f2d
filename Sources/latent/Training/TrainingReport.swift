import Evaluation
import Jobs
import ModelRegistry
import Ratings

/// The final report of `latent train`, for people and for programs.
struct TrainingReport {
  let outcome: TrainingOutcome
  /// The warnings of the training.
  let warnings: [String]

  /// Returns a row per model with a column per metric. For programs it includes the version, outcome and warnings of
  /// the trained models, which people read as sentences.
  func table(for format: OutputFormat) -> ResultTable {
    let comparison = outcome.judged.comparison
    // Programs get all metrics, measured or not.
    let metrics = format == .table ? comparison.metrics : Metric.all
    var columns: [ResultTable.Column] =
      ["model"] + metrics.map { .init($0.name) }
      + [.init("fit_seconds", heading: "fit seconds")]
    if format != .table { columns += ["refit_seconds", "version", "outcome", "warnings"] }
    var table = ResultTable(columns)
    for report in comparison.reports {
      var row: [ResultTable.Cell] =
        [.text(report.name)]
        + metrics.map { .optional(report[$0], decimals: 4) }
        + [.optional(outcome.judged.fitSeconds[report.name], decimals: 3)]
      if format != .table {
        row +=
          outcome.run.kinds.contains(report.name)
          ? [
            .optional(outcome.judged.refitSeconds[report.name], decimals: 3),
            .integer(outcome.version),
            .text(outcome.run.outcome.rawValue), .list(warnings),
          ] : [.missing, .missing, .missing, .missing]
      }
      table.append(row)
    }
    return table
  }
}
