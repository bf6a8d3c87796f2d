import Evaluation
import Jobs
import ModelRegistry
import Ratings

/// What `latent train` ends with, for people and for programs.
struct TrainingReport {
  let outcome: TrainingOutcome
  /// What was warned of on the way.
  let warnings: [String]

  /// A row for each model, a column for each figure that was measured; for programs with the version,
  /// outcome and warnings of the models that were trained, which people are told in sentences.
  func table(for format: OutputFormat) -> ResultTable {
    let comparison = outcome.judged.comparison
    // Programs find all of them, measured or not.
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

  /// Why the model was not put in service though that was asked for; nil when it was or need not be.
  func refusal(_ versions: ModelVersions) -> String? {
    guard outcome.run.outcome == .refused else { return nil }
    return
      "\(outcome.run.version == nil ? "did not write" : "wrote") version \(outcome.version) of "
      + "\(outcome.run.modelName)\(outcome.run.version == nil ? " again" : ""), and did not put it in service: \(outcome.run.note). To use it all the same: "
      + versions.command("models promote \(outcome.version)")
  }

  /// What became of the version, or of the one that is in service unchanged, and what to do with it
  /// next; nil for a refusal.
  func conclusion(_ versions: ModelVersions) -> String? {
    let run = outcome.run
    switch run.outcome {
    case .refused:
      return nil
    case .published:
      return "\(written) and put it in service" + (run.note.isEmpty ? "" : ": \(run.note)")
    case .unchanged:
      return "nothing changed: the model is the same as version \(outcome.version) of "
        + "\(run.modelName), to the byte, which stays in service; no version was written"
    case .written, .failed:
      return "\(written). To put it in service: "
        + versions.command("models promote \(outcome.version)")
    }
  }

  private var written: String {
    "wrote version \(outcome.version) of \(outcome.run.modelName)"
      + (outcome.run.counts["ratings_fitted"].map { count in
        let seconds = outcome.run.seconds["refitting"].map { " in \(TrainingDisplay.format($0))" }
        return " (fitted to all \(count) ratings\(seconds ?? ""))"
      } ?? "")
  }
}
