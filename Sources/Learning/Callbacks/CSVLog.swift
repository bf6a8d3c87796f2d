import Errors
import Foundation

/// Writes one line per epoch to a CSV file: `epoch`, `train_loss`, `valid_loss`, the metrics and the `seconds` since
/// the start, below a header. After resuming, the file still contains the earlier epochs.
package final class CSVLog: TrainingCallback {
  private let path: String
  private var lines: [String] = []

  /// Creates a log that overwrites the file at `path`.
  package init(_ path: String) { self.path = path }

  /// Creates the file. Throws `inputOutput` if it can't be written.
  package func trainingWillBegin(_ plan: TrainingPlan) throws(TrainingError) { try write() }

  /// Appends the epoch's line, after a header if it is the first. Throws `inputOutput` if the file can't be written.
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
        remedy: "Name a file in an existing, writable folder.")
    }
  }
}

extension Error {
  /// The system's error message after a colon, as Foundation's own describes only the operation.
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
