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
    let rate = Int(Double(progress.readCount) / seconds)
    StandardError.write(
      progress.writtenCount == 0
        ? "\rread \(share)\(progress.readCount) ratings, \(rate) a second\u{1B}[K"
        : "\rwritten \(progress.writtenCount) of \(progress.readCount) ratings\u{1B}[K")
  }

  /// Takes the progress away.
  func clear() {
    if isShown { StandardError.write("\r\u{1B}[K") }
  }

  /// Seconds since the watch was started.
  var seconds: Double {
    max(1e-6, (clock.now - start) / .seconds(1))
  }
}
