import Jobs
import ModelRegistry

extension TrainingOutcome {
  /// Reports the outcome, and writes the table. Throws a ``GateRefusal`` if the version was to go into service and did
  /// not.
  func conclude(
    _ display: TrainingDisplay, of versions: ModelVersions, as format: OutputFormat
  ) throws {
    let report = TrainingReport(outcome: self, warnings: display.warnings)
    try run.conclude(
      version, of: versions, report.table(for: format), as: format, say: display.conclude)
  }
}

/// The outcome of a training in words. `version` is the version that was written, or the identical one.
extension TrainingRun {
  /// Ends a command that writes a version: reports the outcome with `say`, and writes `table`. Throws a ``GateRefusal``
  /// if the version was to go into service and did not.
  func conclude(
    _ version: Int, of versions: ModelVersions, _ table: ResultTable, as format: OutputFormat,
    say: (String) -> Void
  ) throws {
    if let conclusion = conclusion(version, versions) { say(conclusion) }
    try table.write(as: format)
    if let refusal = refusal(version, versions) { throw GateRefusal(description: refusal) }
  }

  /// Returns why the model was refused; nil if it was not.
  private func refusal(_ version: Int, _ versions: ModelVersions) -> String? {
    guard outcome == .refused else { return nil }
    return
      "\(self.version == nil ? "did not write" : "wrote") version \(version) of "
      + "\(modelName)\(self.version == nil ? " again" : ""), and did not put it in service: \(note). To use it anyway: "
      + versions.command("models promote \(version)")
  }

  /// Returns the outcome for the version, or for the identical one in service, and what to do next; nil for a refusal.
  private func conclusion(_ version: Int, _ versions: ModelVersions) -> String? {
    switch outcome {
    case .refused:
      return nil
    case .published:
      return "\(written(version)) and put it in service" + (note.isEmpty ? "" : ": \(note)")
    case .unchanged:
      return "nothing changed: the model is the same as version \(version) of "
        + "\(modelName), byte for byte; that version stays in service, and no new one was written"
    case .written, .failed:
      return "\(written(version)). To put it in service: "
        + versions.command("models promote \(version)")
    }
  }

  private func written(_ version: Int) -> String {
    "wrote version \(version) of \(modelName)"
      + (counts["ratings_fitted"].map { count in
        let seconds = seconds["refitting"].map { " in \(TrainingDisplay.format($0))" }
        return " (fitted to all \(count) ratings\(seconds ?? ""))"
      } ?? "")
  }
}
