/// How often samples of each class were predicted as each class. Rows are actual classes, columns predicted ones.
package struct ConfusionMatrix: Sendable, Equatable {
  package let classCount: Int
  private var counts: [Int]

  /// Creates the matrix from the actual and predicted classes of the same samples in the same order. Traps unless both
  /// have the same count and all values are valid classes.
  package init(actual: [Int], predicted: [Int], classCount: Int) {
    precondition(actual.count == predicted.count, "a prediction a sample")
    self.classCount = classCount
    counts = Array(repeating: 0, count: classCount * classCount)
    for (actual, predicted) in zip(actual, predicted) {
      precondition(
        (0..<classCount).contains(actual) && (0..<classCount).contains(predicted),
        "classes \(actual), \(predicted) of \(classCount)")
      counts[actual * classCount + predicted] += 1
    }
  }

  /// The number of samples of class `actual` predicted as `predicted`.
  package subscript(actual: Int, predicted: Int) -> Int {
    counts[actual * classCount + predicted]
  }

  /// The number of samples.
  package var count: Int { counts.reduce(0, +) }

  /// The share of samples predicted correctly; NaN without samples.
  package var accuracy: Double {
    Double((0..<classCount).reduce(0) { $0 + self[$1, $1] }) / Double(count)
  }

  /// A pair of classes, and how often samples of the first were predicted as the second.
  package struct Confusion: Sendable, Equatable {
    package let actual: Int
    package let predicted: Int
    package let count: Int
  }

  /// Returns the confusions that occurred at least `least` times, most frequent first, ties in class order (fastai's
  /// `most_confused`).
  package func mostConfused(atLeast least: Int = 1) -> [Confusion] {
    (0..<classCount * classCount).compactMap { place -> Confusion? in
      let (actual, predicted) = (place / classCount, place % classCount)
      guard actual != predicted, counts[place] >= max(least, 1) else { return nil }
      return Confusion(actual: actual, predicted: predicted, count: counts[place])
    }.sorted {
      ($1.count, $0.actual, $0.predicted) < ($0.count, $1.actual, $1.predicted)
    }
  }

  /// The one-vs-rest counts of each class.
  package var perClass: [BinaryCounts] {
    (0..<classCount).map { own in
      let actual = (0..<classCount).reduce(0) { $0 + self[own, $1] }
      let predicted = (0..<classCount).reduce(0) { $0 + self[$1, own] }
      let right = self[own, own]
      return BinaryCounts(
        truePositives: right, falsePositives: predicted - right, falseNegatives: actual - right,
        trueNegatives: count - actual - predicted + right)
    }
  }
}
