import Foundation

/// The improvement of one model over another in a metric.
package struct Gain: Sendable, Equatable {
  /// The improvement in the metric's unit; negative if the model is worse.
  package let estimate: Double
  /// The 95 % interval of the improvement; nil if it cannot be estimated, as for a single user.
  package let interval: ClosedRange<Double>?

  /// Whether the model is significantly worse by more than `margin`: the whole interval lies beyond it. Without an
  /// interval the estimate alone decides.
  package func isLoss(beyond margin: Double) -> Bool {
    (interval?.upperBound ?? estimate) < -margin
  }

  /// The gain in words: `better by 0.012 (0.008 to 0.016)`. An interval that contains 0 keeps its signs and is followed
  /// by `, which may be chance`.
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
  /// Returns the 95 % interval of a figure; nil if it cannot be estimated.
  package func interval(of metric: Metric, threadCount: Int = 1) -> ClosedRange<Double>? {
    guard self[metric]?.isFinite ?? false else { return nil }
    return sums[metric].flatMap { sums in
      Bootstrap.interval(of: sums, figure: { metric.figure(ofMean: $0) }, threadCount: threadCount)
    }
  }

  /// Returns the gain over `other`, which must be a report on the same ratings. Nil if either lacks the figure, or its
  /// figure is not finite.
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
