/// The 2x2 confusion matrix of one label.
package struct BinaryCounts: Sendable, Equatable {
  package var truePositives = 0
  package var falsePositives = 0
  package var falseNegatives = 0
  package var trueNegatives = 0

  package init(
    truePositives: Int = 0, falsePositives: Int = 0, falseNegatives: Int = 0, trueNegatives: Int = 0
  ) {
    self.truePositives = truePositives
    self.falsePositives = falsePositives
    self.falseNegatives = falseNegatives
    self.trueNegatives = trueNegatives
  }

  /// Counts a sample.
  package mutating func add(isGiven: Bool, isTrue: Bool) {
    switch (isGiven, isTrue) {
    case (true, true): truePositives += 1
    case (true, false): falsePositives += 1
    case (false, true): falseNegatives += 1
    case (false, false): trueNegatives += 1
    }
  }

  /// The number of samples that have the label.
  package var support: Int { truePositives + falseNegatives }

  /// The share of predicted labels that are true; 0 if none was predicted, as in scikit-learn.
  package var precision: Double { Self.share(truePositives, of: truePositives + falsePositives) }

  /// The share of true labels that were predicted; 0 if none is true.
  package var recall: Double { Self.share(truePositives, of: support) }

  /// The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); 0 if there are neither true nor predicted
  /// positives.
  package var f1: Double {
    Self.share(2 * truePositives, of: 2 * truePositives + falsePositives + falseNegatives)
  }

  private static func share(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }
}
