import Foundation
import Synchronization

/// Measures the time of work on images, and displays its progress on a terminal.
final class ImageMeter: Sendable {
  private let word: String
  private let count: Int
  private let start = ContinuousClock.now
  private let lastShown = Mutex(ContinuousClock.now)

  /// Starts the clock. `word` says what is done to the `count` images.
  init(_ word: String, of count: Int) {
    self.word = word
    self.count = count
  }

  /// Displays the progress, at most ten times a second.
  func show(_ done: Int) {
    guard StandardError.isTerminal else { return }
    lastShown.withLock { last in
      let now = ContinuousClock.now
      guard now - last > .milliseconds(100) else { return }
      last = now
      StandardError.write("\r\(word) \(done) of \(count) files\u{1B}[K")
    }
  }

  /// Clears the progress line.
  func clear() {
    if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
  }

  /// The seconds since the start.
  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
