/// What labels are worth when they are given above one threshold or another, and which threshold is best.
///
/// 29 thresholds from 0.05 to 0.95, as fastai's lesson sweeps them. A label is given where its probability is
/// over the threshold.
package struct ThresholdSweep: Sendable {
  /// The thresholds that are tried.
  package static let thresholds: [Float] = (0..<29).map { 0.05 + 0.9 * Float($0) / 28 }

  /// One threshold and what comes of it.
  package struct Point: Sendable, Equatable {
    package let threshold: Float
    /// The mean of the labels' F1.
    package let macroF1: Double
    /// The share of labels that are right, given and left out ones together (`accuracy_multi`).
    package let accuracy: Double
  }

  /// By threshold, ascending.
  package let points: [Point]
  /// For each label the threshold of its best F1.
  package let perLabel: [Float]
  /// How many samples have each label.
  private let supports: [Int]

  /// Of the probabilities of labels and, in the same places, whether samples have them. Traps unless there are as
  /// many, and at least one sample. O(numbers x thresholds).
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

  /// The threshold of the best mean F1 for all labels.
  package var best: Float { Self.middleOfBest(points.map(\.macroF1)) }

  /// For each label the threshold of its best F1 or, where fewer than `leastSupport` samples have it, the best one
  /// for all: of a handful of samples the best is chance.
  package func thresholds(leastSupport: Int = 5) -> [Float] {
    zip(perLabel, supports).map { $1 < leastSupport ? best : $0 }
  }

  /// For each label how it does over a threshold.
  package static func counts(
    _ probabilities: PredictionTable, _ isTrue: [Bool], over threshold: Float
  ) -> [BinaryCounts] {
    counts(
      probabilities, isTrue, over: Array(repeating: threshold, count: probabilities.width))
  }

  /// For each label how it does over a threshold of its own.
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

  /// The threshold in the middle of the first run of equally good ones, where small changes matter least.
  private static func middleOfBest(_ figures: [Double]) -> Float {
    guard let best = figures.max(), let first = figures.firstIndex(of: best) else { return 0.5 }
    var last = first
    while last + 1 < figures.count, figures[last + 1] == best { last += 1 }
    return thresholds[(first + last) / 2]
  }
}
