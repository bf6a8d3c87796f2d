import ArgumentParser
import Errors
import Foundation
import ModelRegistry

/// `latent runs`
struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the nightly runs and their outcomes, the newest last.",
    discussion: """
      A run in progress is shown with its stage. A run whose process disappeared without an outcome was \
      killed, and its seconds count until its last record. The folder of models keeps the newest \
      \(NightlyRuns.limit) runs. JSON and CSV include the stages with their seconds.
      """)

  @OptionGroup var models: RegistryOptions
  @Option(help: "The number of newest runs to list.")
  var limit = 20
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }

  func run() throws {
    let (runs, problems) = try NightlyRuns(of: models.existingRegistry()).all()
    let listed = Array(runs.suffix(limit))
    try table(of: listed).write(as: output.format)
    if listed.isEmpty { StandardError.write("There are no nightly runs in \(models.folder).\n") }
    for problem in problems { StandardError.write("warning: \(problem)\n") }
  }

  private func table(of runs: [NightlyRun]) -> ResultTable {
    var figures: [String] = []
    for name in runs.flatMap(\.mainFigures) where !figures.contains(name) { figures.append(name) }
    let isForPeople = output.format == .table
    var table = ResultTable(
      [
        "run", "outcome", .init("model"), "version", .init("started", fit: .whole), "seconds",
      ] + figures.map { .init($0, heading: $0.replacing("_", with: " ")) }
        + [.init("reason", fit: .wrapped)]
        + (isForPeople
          ? [] : ["ended", "stages", "warnings", "resumes", "notices", "configuration"]))
    for run in runs {
      var row: [ResultTable.Cell] = [
        .integer(run.number), .text(run.outcome.rawValue), .text(run.modelName),
        .optional(run.version), .text(run.startedAt), .number(run.secondsSoFar, decimals: 1),
      ]
      row += figures.map { name in
        run.figures[name].map { .number($0, decimals: 4) } ?? .optional(run.counts[name])
      }
      row.append(.text(isForPeople ? run.words : run.reason))
      if !isForPeople {
        row += [
          .optional(run.endedAt), .list(run.stages.map(\.words)), .list(run.warnings),
          .optional(run.resumes),
          .list(run.notices.map { "\($0.way): \($0.failure ?? "told")" }),
          .text(run.configuration),
        ]
      }
      table.append(row)
    }
    return table
  }
}

extension NightlyRun {
  /// The duration of the run, so far if it is in progress; for a killed run, until its last record.
  fileprivate var secondsSoFar: Double {
    guard outcome == .running, let start = try? Date(startedAt, strategy: .iso8601) else {
      return totalSeconds
    }
    return max(totalSeconds, -start.timeIntervalSinceNow)
  }

  /// The reason for the outcome, or the current stage of a run that has not finished.
  fileprivate var words: String {
    guard [.running, .interrupted, .killed].contains(outcome), let last = stages.last else {
      return reason
    }
    return "at \(last.name)" + (last.note.isEmpty ? "" : ": \(last.note)")
  }
}

extension NightlyRun.Stage {
  /// The stage in words, such as `train: done, 12.3 s, 1 attempt`, followed by its note.
  fileprivate var words: String {
    "\(name): \(state.rawValue), \(String(format: "%.1f", seconds)) s, "
      + "\(attempts) \(attempts == 1 ? "attempt" : "attempts")"
      + (note.isEmpty ? "" : ": \(note)")
  }
}
