package import NIOCore

/// How many of something took how long: one event loop counts, without locks, and any thread may read.
package final class DurationHistogram: Sendable {
  /// The upper bounds of the buckets, the last of which has none: from 50 µs to 10 s.
  package static let bounds: [TimeAmount] = [
    .microseconds(50), .microseconds(100), .microseconds(250), .microseconds(500),
    .milliseconds(1), .microseconds(2500), .milliseconds(5), .milliseconds(10), .milliseconds(25),
    .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500),
    .seconds(1), .milliseconds(2500), .seconds(5), .seconds(10),
  ]

  private let counts = (0...bounds.count).map { _ in Counter() }
  private let total = Counter()

  package init() {}

  /// Counts `count` that took `time` each; by the one who counts alone.
  package func add(_ count: Int = 1, of time: TimeAmount) {
    // Most take little.
    let bucket = Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count
    counts[bucket].add(count)
    total.add(count * Int(max(.zero, time).nanoseconds))
  }

  /// What has been counted, as it stood a moment ago.
  package var figures: Figures {
    Figures(counts: counts.map(\.value), nanoseconds: total.value)
  }

  /// What was counted up to a moment.
  package struct Figures: Sendable, Equatable {
    /// How many fell into each bucket: those above a bound are in the next. One more than there are bounds.
    package private(set) var counts: [Int]
    /// The time of all, in nanoseconds.
    package private(set) var nanoseconds: Int

    /// How many there were.
    package var count: Int { counts.reduce(0, +) }

    /// Nothing.
    package static let none = Figures(
      counts: Array(repeating: 0, count: bounds.count + 1), nanoseconds: 0)

    /// What two event loops have counted.
    package static func + (one: Figures, other: Figures) -> Figures {
      Figures(
        counts: zip(one.counts, other.counts).map { $0 + $1 },
        nanoseconds: one.nanoseconds + other.nanoseconds)
    }

    /// What of `now` came since it was `before`.
    static func - (now: Figures, before: Figures) -> Figures {
      Figures(
        counts: zip(now.counts, before.counts).map { $0 - $1 },
        nanoseconds: now.nanoseconds - before.nanoseconds)
    }
  }
}
