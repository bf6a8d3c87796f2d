package import NIOCore

/// A histogram of durations: one event loop counts, without locks, and any thread may read.
package final class DurationHistogram: Sendable {
  /// The upper bounds of the buckets, from 50 µs to 10 s; the last bucket has none.
  package static let bounds: [TimeAmount] = [
    .microseconds(50), .microseconds(100), .microseconds(250), .microseconds(500),
    .milliseconds(1), .microseconds(2500), .milliseconds(5), .milliseconds(10), .milliseconds(25),
    .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500),
    .seconds(1), .milliseconds(2500), .seconds(5), .seconds(10),
  ]

  private let counts = (0...bounds.count).map { _ in Counter() }
  private let total = Counter()

  package init() {}

  /// Counts `count` durations of `time` each. Called by the one writer alone.
  package func add(_ count: Int = 1, of time: TimeAmount) {
    // Most durations are short.
    let bucket = Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count
    counts[bucket].add(count)
    total.add(count * Int(max(.zero, time).nanoseconds))
  }

  /// A recent snapshot of the counts.
  package var figures: Figures {
    Figures(counts: counts.map(\.value), nanoseconds: total.value)
  }

  /// A snapshot of the counts.
  package struct Figures: Sendable, Equatable {
    /// The number in each bucket, one more than there are bounds: what exceeds a bound is in the next bucket.
    package private(set) var counts: [Int]
    /// The sum of all durations, in nanoseconds.
    package private(set) var nanoseconds: Int

    /// The number of durations.
    package var count: Int { counts.reduce(0, +) }

    /// The figures of no durations.
    package static let none = Figures(
      counts: Array(repeating: 0, count: bounds.count + 1), nanoseconds: 0)

    /// Returns the sum of the counts of two event loops.
    package static func + (one: Figures, other: Figures) -> Figures {
      Figures(
        counts: zip(one.counts, other.counts).map { $0 + $1 },
        nanoseconds: one.nanoseconds + other.nanoseconds)
    }

    /// Returns what was counted between `before` and `now`.
    static func - (now: Figures, before: Figures) -> Figures {
      Figures(
        counts: zip(now.counts, before.counts).map { $0 - $1 },
        nanoseconds: now.nanoseconds - before.nanoseconds)
    }
  }
}
