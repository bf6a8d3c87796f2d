import Errors
import Foundation

/// Writes a line of figures for each epoch to a file, with a header: `epoch`, `train_loss`,
/// `valid_loss`, the metrics, `seconds` since the start. After a resumption the file still has the
/// epochs before it.
package final class CSVLog: TrainingCallback {
  private let path: String
  private var lines: [String] = []

  /// A log that replaces what stands at `path`.
  package init(_ path: String) { self.path = path }

  /// Begins the file. Throws `inputOutput` when it can't be written.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) { try write() }

  /// Adds the epoch's line, and a header before the first. Throws `inputOutput` when the file can't
  /// be written.
  package func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    if lines.isEmpty {
      let metrics = record.metrics.map(\.name.quotedForCSV)
      let names = ["epoch", "train_loss", "valid_loss"] + metrics + ["seconds"]
      lines = [names.joined(separator: ",")]
    }
    let figures =
      ["\(record.epoch)"]
      + [record.trainingLoss, record.validationLoss].map { $0.map { "\($0)" } ?? "" }
      + record.metrics.map { "\($0.value)" } + ["\(record.elapsed / .seconds(1))"]
    lines.append(figures.joined(separator: ","))
    try write()
    return .proceed
  }

  package func state() -> SavedState {
    var state = SavedState()
    state.texts["lines"] = lines.joined(separator: "\n")
    return state
  }

  package func restore(_ state: SavedState) throws(TrainingError) {
    let text: String = try state.value("lines")
    lines = text.isEmpty ? [] : text.components(separatedBy: "\n")
  }

  private func write() throws(TrainingError) {
    do {
      try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
    } catch {
      throw TrainingError(
        .inputOutput, "the log can't be written\(error.systemReason)", place: path,
        remedy: "Name a file in a folder that is there and may be written to.")
    }
  }
}

extension Error {
  /// What the system says, behind a colon: Foundation's own words are about operations.
  fileprivate var systemReason: String {
    let cause = (self as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
    return cause.map { ": " + SystemError($0.code.rawValue).description } ?? ""
  }
}

extension String {
  /// The text as a CSV field (RFC 4180).
  fileprivate var quotedForCSV: String {
    contains(where: { ",\"\r\n".contains($0) }) ? "\"\(replacing("\"", with: "\"\""))\"" : self
  }
}
