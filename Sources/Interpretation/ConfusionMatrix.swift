/// How often samples of each class were taken for each class: rows are the actual classes, columns the predicted.
package struct ConfusionMatrix: Sendable, Equatable {
  package let classCount: Int
  private var counts: [Int]

  /// Of samples whose actual and predicted classes are given in the same order. Traps unless they are as many
  /// and all are classes.
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

  /// How many samples of class `actual` were taken for `predicted`.
  package subscript(actual: Int, predicted: Int) -> Int {
    counts[actual * classCount + predicted]
  }

  /// The number of samples.
  package var count: Int { counts.reduce(0, +) }

  /// The share of samples that were taken for what they are; NaN without any.
  package var accuracy: Double {
    Double((0..<classCount).reduce(0) { $0 + self[$1, $1] }) / Double(count)
  }

  /// Two classes, and how often samples of the first were taken for the second.
  package struct Confusion: Sendable, Equatable {
    package let actual: Int
    package let predicted: Int
    package let count: Int
  }

  /// What was confused at least `least` times, the most frequent first, equal ones in the order of the classes
  /// (fastai's `most_confused`).
  package func mostConfused(atLeast least: Int = 1) -> [Confusion] {
    (0..<classCount * classCount).compactMap { place -> Confusion? in
      let (actual, predicted) = (place / classCount, place % classCount)
      guard actual != predicted, counts[place] >= max(least, 1) else { return nil }
      return Confusion(actual: actual, predicted: predicted, count: counts[place])
    }.sorted {
      ($1.count, $0.actual, $0.predicted) < ($0.count, $1.actual, $1.predicted)
    }
  }

  /// For each class how it did against all others.
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
