import Foundation
import Ratings
import RatingsFiles

/// The report of an import for people: the formats of the files, and the outcome.
struct ImportReport {
  private let outcome: ImportOutcome
  private let notes: [String]
  private let isDryRun: Bool
  private let seconds: Double

  /// Creates the report of an import, or of a dry run, that took `seconds`.
  init(_ outcome: ImportOutcome, notes: [String], isDryRun: Bool, seconds: Double) {
    self.outcome = outcome
    self.notes = notes
    self.isDryRun = isDryRun
    self.seconds = seconds
  }

  /// The report's lines.
  var text: String {
    var lines = (outcome.itemsFiles + outcome.ratingsFiles).flatMap(lines) + notes
    let types = [("users", outcome.userType), ("items", outcome.itemType)].compactMap {
      side, type in
      type.map { "\(side) \($0.rawValue)" }
    }
    if !types.isEmpty { lines.append("Ids: \(types.joined(separator: ", ")).") }
    if let feedback = outcome.feedback {
      let repeats = outcome.mergedCount > 0 ? "; of repeats: the \(outcome.repeats.words)" : ""
      lines.append("Feedback: \(feedback.rawValue)\(repeats).")
    }
    let times = outcome.times.compactMap(\.check.range)
    if let first = times.map(\.lowerBound).min(), let last = times.map(\.upperBound).max() {
      lines.append("Times: \(first) to \(last).")
    }
    if let values = outcome.values {
      lines.append("Values: \(values.lowerBound) to \(values.upperBound).")
    }
    lines += isDryRun ? plans : results
    return lines.joined(separator: "\n") + "\n"
  }

  /// The lines about what was written.
  private var results: [String] {
    var lines: [String] = []
    if outcome.items.count + outcome.rejectedItemCount > 0 {
      lines.append("Items: \(Self.words(outcome.items)), \(outcome.rejectedItemCount) rejected.")
    }
    // An import of items alone has no line about ratings.
    guard outcome.items.count == 0 || !outcome.ratingsFiles.isEmpty else { return lines }
    lines.append(
      "Ratings: \(Self.words(outcome.ratings)), \(outcome.mergedCount) merged, "
        + "\(outcome.rejectedCount) rejected\(skipped), in \(String(format: "%.2f", seconds)) s "
        + "(\(Int(Double(outcome.recordCount) / seconds)) rows/s).")
    return lines
  }

  /// The number of skipped ratings in words, if there are any.
  private var skipped: String {
    outcome.skippedCount == 0 ? "" : ", \(outcome.skippedCount) of forgotten people skipped"
  }

  /// The lines about what would be written.
  private var plans: [String] {
    var lines: [String] = []
    if outcome.items.count + outcome.rejectedItemCount > 0 {
      lines.append("Items: \(outcome.items.count) good, \(outcome.rejectedItemCount) rejected.")
    }
    lines.append(
      "Ratings: \(outcome.recordCount) records, which come to \(outcome.ratings.count) pairs; "
        + "\(outcome.mergedCount) merged, \(outcome.rejectedCount) rejected\(skipped).")
    lines.append("A dry run: nothing was written.")
    return lines
  }

  private func lines(_ file: ImportOutcome.FileReport) -> [String] {
    guard let layout = file.layout else { return [] }
    let lines = file.lines
    var account = [String]()
    if lines.header > 0 { account.append("\(lines.header) header") }
    if lines.blank > 0 { account.append("\(lines.blank) blank") }
    account.append(
      "\(lines.ofRecords) in \(lines.records) \(lines.records == 1 ? "record" : "records")")
    let first = file.firstRatings.map { rating in
      "  user \(rating.user), item \(rating.item), \(rating.value)"
        + (rating.time.map { ", \($0)" } ?? "")
    }
    return [
      "\(file.name): \(layout)",
      "  \(lines.total) \(lines.total == 1 ? "line" : "lines"): \(account.joined(separator: ", "))",
    ] + (isDryRun ? first : [])
  }

  private static func words(_ tally: WriteTally) -> String {
    "\(tally.added) added, \(tally.replaced) replaced, \(tally.unchanged) unchanged"
  }
}

extension RepeatRule {
  fileprivate var words: String {
    switch self {
    case .newest: "newest"
    case .sum: "sum"
    case .count: "count"
    case .max: "highest"
    case .mean: "mean"
    case .error: "error"
    }
  }
}
