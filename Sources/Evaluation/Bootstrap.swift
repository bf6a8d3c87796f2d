import Foundation
import TensorCore

/// How sure a figure is, or a difference of two: what it would have been with other users of the same
/// kind, by drawing users with replacement (Efron, "Bootstrap Methods: Another Look at the Jackknife",
/// 1979; the percentile interval).
///
/// Users are drawn with all that is theirs, as one user's ratings depend on each other. A great many
/// users are drawn in groups of the same size, which tell as much. The draws are always the same ones.
enum Bootstrap {
  /// The part of the draws that an interval holds.
  static let confidence = 0.95
  private static let drawCount = 2000
  private static let mostGroups = 4096

  /// The interval of `figure` of the mean of `sums`; nil for fewer than two users, of whom nothing
  /// can be told.
  static func interval(
    of sums: UserSums, figure: @Sendable (Double) -> Double, threadCount: Int
  ) -> ClosedRange<Double>? {
    interval(of: [sums], threadCount: threadCount) { means in figure(means[0]) }
  }

  /// The interval of the difference of two figures, drawn by the same users for both: `gain` of the
  /// means of `sums` and of `others`. nil for fewer than two users.
  static func interval(
    of sums: UserSums, over others: UserSums, threadCount: Int,
    gain: @Sendable (Double, Double) -> Double
  ) -> ClosedRange<Double>? {
    precondition(sums.counts == others.counts, "both are judged on the same users")
    return interval(of: [sums, others], threadCount: threadCount) { means in
      gain(means[0], means[1])
    }
  }

  private static func interval(
    of sums: [UserSums], threadCount: Int, figure: @Sendable ([Double]) -> Double
  ) -> ClosedRange<Double>? {
    let userCount = sums[0].sums.count
    guard userCount > 1 else { return nil }
    let groupCount = min(userCount, mostGroups)
    func grouped(_ numbers: [Double]) -> [Double] {
      var groups = [Double](repeating: 0, count: groupCount)
      for (user, number) in numbers.enumerated() { groups[user % groupCount] += number }
      return groups
    }
    let (groups, counts) = (sums.map { grouped($0.sums) }, grouped(sums[0].counts))
    let figures = ComputeContext(threadCount: threadCount).mapChunks(of: drawCount, size: 50) {
      draws in
      draws.map { draw in
        var random = RandomStream(seed: 0, stream: UInt64(draw))
        var drawn = [Int32](repeating: 0, count: groupCount)
        for _ in 0..<groupCount { drawn[Int(random.next(below: UInt32(groupCount)))] += 1 }
        func total(_ numbers: [Double]) -> Double {
          zip(numbers, drawn).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        let count = total(counts)
        return figure(groups.map { total($0) / count })
      }
    }.flatMap(\.self).sorted()
    let outside = Int((1 - confidence) / 2 * Double(drawCount))
    return figures[outside]...figures[drawCount - 1 - outside]
  }
}

/// By how much one model is better than another by a metric.
package struct Gain: Sendable, Equatable {
  /// In the metric's unit; negative where it is worse.
  package let estimate: Double
  /// What it is with a probability of 95 %; nil when that can't be told, as of one user.
  package let interval: ClosedRange<Double>?

  /// Whether the model is worse by more than `margin`, and not by chance: the whole of the interval says
  /// so. Without an interval the estimate alone decides.
  package func isLoss(beyond margin: Double) -> Bool {
    (interval?.upperBound ?? estimate) < -margin
  }

  /// `better by 0.012 (0.008 to 0.016)`; an interval on both sides of 0 keeps its signs.
  package var words: String {
    let isBetter = estimate >= 0
    let size = Self.format(abs(estimate))
    let range = interval.map { interval in
      let (low, high) =
        isBetter
        ? (interval.lowerBound, interval.upperBound) : (-interval.upperBound, -interval.lowerBound)
      return " (\(Self.format(low)) to \(Self.format(high)))"
    }
    return estimate == 0 && interval.map { $0 == 0...0 } ?? true
      ? "the same" : "\(isBetter ? "better" : "worse") by \(size)\(range ?? "")"
  }

  private static func format(_ number: Double) -> String {
    number.formatted(.number.precision(.significantDigits(1...3)).locale(Locale(identifier: "C")))
  }
}

extension ModelReport {
  /// The interval that a figure is in with a probability of 95 %; nil when it can't be told.
  package func interval(of metric: Metric, threadCount: Int = 1) -> ClosedRange<Double>? {
    guard self[metric]?.isFinite ?? false else { return nil }
    return sums[metric].flatMap { sums in
      Bootstrap.interval(of: sums, figure: { metric.figure(ofMean: $0) }, threadCount: threadCount)
    }
  }

  /// By how much the model is better than `other`, which was judged on the same ratings; nil when one
  /// of them has no such figure, or one that is not finite.
  package func gain(
    over other: ModelReport, by metric: Metric, threadCount: Int = 1
  ) -> Gain? {
    guard let figure = self[metric], let otherFigure = other[metric], figure.isFinite,
      otherFigure.isFinite
    else { return nil }
    var interval: ClosedRange<Double>?
    if let sums = sums[metric], let others = other.sums[metric] {
      interval = Bootstrap.interval(of: sums, over: others, threadCount: threadCount) {
        metric.gain(of: metric.figure(ofMean: $0), over: metric.figure(ofMean: $1))
      }
    }
    return Gain(estimate: metric.gain(of: figure, over: otherFigure), interval: interval)
  }
}
