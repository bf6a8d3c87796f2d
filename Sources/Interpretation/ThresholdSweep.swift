/// The quality of label predictions at different thresholds, and the best threshold.
///
/// Sweeps 29 thresholds from 0.05 to 0.95, as in fastai's lesson. A label is predicted if its probability is above the
/// threshold.
package struct ThresholdSweep: Sendable {
  /// The thresholds swept.
  package static let thresholds: [Float] = (0..<29).map { 0.05 + 0.9 * Float($0) / 28 }

  /// A threshold and its scores.
  package struct Point: Sendable, Equatable {
    package let threshold: Float
    /// The mean F1 over the labels.
    package let macroF1: Double
    /// The share of correct decisions over all samples and labels (`accuracy_multi`).
    package let accuracy: Double
  }

  /// The points by ascending threshold.
  package let points: [Point]
  /// The threshold with the best F1 for each label.
  package let perLabel: [Float]
  /// The number of samples that have each label.
  private let supports: [Int]

  /// Sweeps the thresholds for label probabilities and, in the same order, whether each label is true. Traps unless
  /// both have the same count, and at least one sample. O(numbers x thresholds).
  package init(_ probabilities: PredictionTable, isTrue: [Bool]) {
    precondition(
      isTrue.count == probabilities.values.count && !isTrue.isEmpty,
      "\(isTrue.count) labels for \(probabilities.values.count) probabilities")
    let counts = Self.thresholds.map { Self.counts(probabilities, isTrue, over: $0) }
    points = zip(Self.thresholds, counts).map { threshold, labels in
      let right = labels.reduce(0) { $0 + $1.truePositives + $1.trueNegatives }
      return Point(
        threshold: threshold,
        macroF1: labels.reduce(0) { $0 + $1.f1 } / Double(labels.count),
        accuracy: Double(right) / Double(isTrue.count))
    }
    supports = (0..<probabilities.width).map { counts[0][$0].support }
    perLabel = (0..<probabilities.width).map { label in
      Self.middleOfBest(counts.map { $0[label].f1 })
    }
  }

  /// The threshold with the best mean F1 over all labels.
  package var best: Float { Self.middleOfBest(points.map(\.macroF1)) }

  /// Returns the best threshold for each label. Labels of fewer than `leastSupport` samples get the best overall
  /// threshold, as the best of a handful of samples is chance.
  package func thresholds(leastSupport: Int = 5) -> [Float] {
    zip(perLabel, supports).map { $1 < leastSupport ? best : $0 }
  }

  /// Returns the counts of each label at one threshold.
  package static func counts(
    _ probabilities: PredictionTable, _ isTrue: [Bool], over threshold: Float
  ) -> [BinaryCounts] {
    counts(
      probabilities, isTrue, over: Array(repeating: threshold, count: probabilities.width))
  }

  /// Returns the counts of each label at a threshold per label.
  package static func counts(
    _ probabilities: PredictionTable, _ isTrue: [Bool], over thresholds: [Float]
  ) -> [BinaryCounts] {
    var counts = Array(repeating: BinaryCounts(), count: probabilities.width)
    for (place, probability) in probabilities.values.enumerated() {
      let label = place % probabilities.width
      counts[label].add(isGiven: probability > thresholds[label], isTrue: isTrue[place])
    }
    return counts
  }

  /// Returns the middle of the first run of equally good thresholds, where small changes matter least.
  private static func middleOfBest(_ figures: [Double]) -> Float {
    guard let best = figures.max(), let first = figures.firstIndex(of: best) else { return 0.5 }
    var last = first
    while last + 1 < figures.count, figures[last + 1] == best { last += 1 }
    return thresholds[(first + last) / 2]
  }
}
