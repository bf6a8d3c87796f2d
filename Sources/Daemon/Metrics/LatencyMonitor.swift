package import Foundation
package import NIOCore
import Synchronization

/// The latest times of what may delay clients, as Redis's LATENCY keeps them: at most one a second for each event, the
/// longest.
package final class LatencyMonitor: Sendable {
  /// The events that are measured.
  package enum Event: String, Sendable, CaseIterable {
    /// A turn's requests, from when they had been read until their answers were written, waits included.
    case command
    /// A change to another version, until the last event loop had it.
    case modelSwap = "model-swap"
    /// A transaction with clients' ratings, until it was durable or failed.
    case storeWrite = "store-write"
  }

  /// A measured time.
  package struct Sample: Sendable, Equatable {
    /// When it ended, in seconds since 1970.
    package let second: Int64
    package fileprivate(set) var milliseconds: Int64
  }

  /// The samples of an event.
  package struct History: Sendable, Equatable {
    /// The samples, oldest first.
    package fileprivate(set) var samples: [Sample] = []
    /// The longest since the last RESET, in milliseconds.
    package fileprivate(set) var longest: Int64 = 0
  }

  /// The number of samples kept for an event, as in Redis.
  package static let limit = 160

  private let thresholdNanoseconds: Atomic<Int64>
  private let histories = Mutex<[Event: History]>([:])

  /// Creates a monitor that keeps times of at least `threshold`, or nothing if that is zero.
  package init(threshold: Duration) {
    thresholdNanoseconds = Atomic(Self.nanoseconds(threshold))
  }

  private static func nanoseconds(_ threshold: Duration) -> Int64 {
    threshold == .zero ? .max : TimeAmount(threshold).nanoseconds
  }

  /// The minimum time that is kept; zero to keep nothing.
  package var threshold: Duration {
    get {
      let nanoseconds = thresholdNanoseconds.load(ordering: .relaxed)
      return nanoseconds == .max ? .zero : .nanoseconds(nanoseconds)
    }
    set { thresholdNanoseconds.store(Self.nanoseconds(newValue), ordering: .relaxed) }
  }

  /// Returns whether `time` is long enough to be kept.
  @inline(__always)
  func isLong(_ time: TimeAmount) -> Bool {
    time.nanoseconds >= thresholdNanoseconds.load(ordering: .relaxed)
  }

  /// Records that `event` took `time`, if that is long enough.
  package func note(_ event: Event, _ time: TimeAmount, at date: Date = Date()) {
    guard isLong(time) else { return }
    let sample = Sample(
      second: Int64(date.timeIntervalSince1970), milliseconds: time.wholeMilliseconds)
    histories.withLock { histories in
      var history = histories[event] ?? History()
      history.longest = max(history.longest, sample.milliseconds)
      if let last = history.samples.last, last.second == sample.second {
        history.samples[history.samples.count - 1].milliseconds = max(
          last.milliseconds, sample.milliseconds)
      } else {
        if history.samples.count == Self.limit { history.samples.removeFirst() }
        history.samples.append(sample)
      }
      histories[event] = history
    }
  }

  /// The histories of all events that have any, in the order of ``Event``.
  package var all: [(event: Event, history: History)] {
    let histories = histories.withLock { $0 }
    return Event.allCases.compactMap { event in histories[event].map { (event, $0) } }
  }

  /// Forgets the histories of `events`; returns how many had any.
  package func reset(_ events: [Event]) -> Int {
    histories.withLock { histories in
      events.count { histories.removeValue(forKey: $0) != nil }
    }
  }
}
