import Foundation

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

  /// `better by 0.012 (0.008 to 0.016)`; an interval on both sides of 0 keeps its signs, and says what that means.
  package var words: String {
    let isBetter = estimate >= 0
    let size = Self.format(abs(estimate))
    let range = interval.map { interval in
      let (low, high) =
        isBetter
        ? (interval.lowerBound, interval.upperBound) : (-interval.upperBound, -interval.lowerBound)
      return " (\(Self.format(low)) to \(Self.format(high)))"
        + (interval.contains(0) ? ", which may be chance" : "")
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
