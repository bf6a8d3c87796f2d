import Evaluation
import ModelRegistry

/// The models that a training compared, with the time each took to learn.
struct TrainingResults {
  private(set) var comparison = ModelComparison([])
  private var fitSeconds: [String: Double] = [:]

  /// Adds a model. One that was not learned in this run has no `fitSeconds`.
  mutating func add(_ report: ModelReport, fitSeconds: Double?) {
    comparison = ModelComparison(comparison.reports + [report])
    self.fitSeconds[report.name] = fitSeconds
  }

  /// What the model called `name` is worth; nil when there is none.
  func report(of name: String) -> ModelReport? { comparison.reports.first { $0.name == name } }

  /// A row for each model, a column for each figure that was measured.
  var table: ResultTable {
    let metrics = comparison.metrics
    var table = ResultTable(
      [.init("model")] + metrics.map { .init($0.name) }
        + [.init("fit_seconds", heading: "fit seconds")])
    for report in comparison.reports {
      table.append(
        [.text(report.name)]
          + metrics.map { metric in
            report[metric].map { .number($0, decimals: 4) } ?? .missing
          }
          + [fitSeconds[report.name].map { .number($0, decimals: 3) } ?? .missing])
    }
    return table
  }
}

/// What `latent train` ends with.
struct TrainingReport {
  let results: TrainingResults
  /// The kind of the model that was trained, which is its name among the results.
  let model: String
  /// The version that was written, or that is in service unchanged.
  let version: Int
  /// What became of it.
  let outcome: TrainingRun.Outcome
  /// What was warned of on the way.
  let warnings: [String]
  /// Why the model was not put in service though that was asked for; nil when it was or need not be.
  var refusal: String?

  /// The results; for programs with the version, outcome and warnings of the model that was trained,
  /// which people are told in sentences.
  func table(for format: OutputFormat) -> ResultTable {
    let table = results.table
    guard format != .table else { return table }
    var full = ResultTable(table.columns + [.init("version"), .init("outcome"), .init("warnings")])
    for (report, row) in zip(results.comparison.reports, table.rows) {
      full.append(
        row
          + (report.name == model
            ? [.integer(version), .text(outcome.rawValue), .list(warnings)]
            : [.missing, .missing, .missing]))
    }
    return full
  }
}
