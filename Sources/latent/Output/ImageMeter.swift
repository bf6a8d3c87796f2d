import Foundation
import Synchronization

/// Times work on images, and draws its progress for a person who is watching.
final class ImageMeter: Sendable {
  private let word: String
  private let count: Int
  private let start = ContinuousClock.now
  private let lastShown = Mutex(ContinuousClock.now)

  /// Starts the watch. `word` is what is done to `count` images.
  init(_ word: String, of count: Int) {
    self.word = word
    self.count = count
  }

  /// Draws how far the work is, ten times a second at most.
  func show(_ done: Int) {
    guard StandardError.isTerminal else { return }
    lastShown.withLock { last in
      let now = ContinuousClock.now
      guard now - last > .milliseconds(100) else { return }
      last = now
      StandardError.write("\r\(word) \(done) of \(count) files\u{1B}[K")
    }
  }

  /// Takes the progress away.
  func clear() {
    if StandardError.isTerminal { StandardError.write("\r\u{1B}[K") }
  }

  /// Seconds since the watch was started.
  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
