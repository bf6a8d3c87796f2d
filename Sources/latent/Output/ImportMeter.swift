import Foundation
import Ratings
import RatingsFiles

/// Measures the time of an import, and displays its progress on a terminal.
final class ImportMeter {
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant

  /// Starts the clock; displays nothing unless `isShown`.
  init(isShown: Bool) {
    self.isShown = isShown
    start = clock.now
    lastShown = start
  }

  /// Displays the progress, at most ten times a second.
  func show(_ progress: RatingsImport.Progress) {
    guard isShown, clock.now - lastShown > .milliseconds(100) else { return }
    lastShown = clock.now
    let share = progress.share.map { "\(Int($0 * 100)) %, " } ?? ""
    let rate = Int(Double(progress.readCount) / seconds)
    StandardError.write(
      progress.writtenCount == 0
        ? "\rread \(share)\(progress.readCount) ratings, \(rate) a second\u{1B}[K"
        : "\rwritten \(progress.writtenCount) of \(progress.readCount) ratings\u{1B}[K")
  }

  /// Clears the progress line.
  func clear() {
    if isShown { StandardError.write("\r\u{1B}[K") }
  }

  /// The seconds since the start.
  var seconds: Double {
    max(1e-6, (clock.now - start) / .seconds(1))
  }
}
