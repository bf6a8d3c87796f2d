import Foundation
import Ratings
import RatingsFiles

/// Times an import, and draws its progress for a person who is watching.
final class ImportMeter {
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant

  /// Starts the watch; draws nothing unless `isShown`.
  init(isShown: Bool) {
    self.isShown = isShown
    start = clock.now
    lastShown = start
  }

  /// Draws how far the import is, ten times a second at most.
  func show(_ progress: RatingsImport.Progress) {
    guard isShown, clock.now - lastShown > .milliseconds(100) else { return }
    lastShown = clock.now
    let share = progress.share.map { "\(Int($0 * 100)) %, " } ?? ""
    let rate = Int(Double(progress.ratingCount) / seconds)
    StandardError.write(
      "\r\(share)\(progress.ratingCount) ratings, \(rate) a second\u{1B}[K")
  }

  /// Takes the progress away.
  func clear() {
    if isShown { StandardError.write("\r\u{1B}[K") }
  }

  /// How files were read, and what came of it.
  func summary(of outcome: RatingsImport.Outcome) -> String {
    var lines = outcome.layouts
    if let userType = outcome.userType, let itemType = outcome.itemType {
      lines.append("Ids: users \(userType.rawValue), items \(itemType.rawValue).")
    }
    if outcome.items.count > 0 {
      lines.append(
        "Items: \(outcome.items.added) added, \(outcome.items.replaced) replaced, "
          + "\(outcome.items.unchanged) unchanged.")
    }
    let rows = outcome.ratings.count + outcome.rejectedCount
    let seconds = seconds
    lines.append(
      "Ratings: \(outcome.ratings.added) added, \(outcome.ratings.replaced) replaced, "
        + "\(outcome.ratings.unchanged) unchanged, \(outcome.rejectedCount) rejected, "
        + "in \(String(format: "%.2f", seconds)) s (\(Int(Double(rows) / seconds)) rows/s).")
    return lines.joined(separator: "\n") + "\n"
  }

  private var seconds: Double {
    max(1e-6, (clock.now - start) / .seconds(1))
  }
}
