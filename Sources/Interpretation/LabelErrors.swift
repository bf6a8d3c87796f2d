import Foundation

/// Finds samples that are probably mislabelled, using a classifier's out-of-fold probabilities: predictions by models
/// that were not trained on the sample.
///
/// Confident learning (Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021).
/// A sample labelled i is counted as class j if its probability of j is at least the mean probability of j over samples
/// labelled j. If several classes qualify, the likeliest is counted. Off-diagonal counts are suspects. Calibrated to
/// the label frequencies, they estimate the number of wrong labels (section 3.1, eq. 1 and 2).
package struct LabelErrors: Sendable {
  /// The order of the samples, most suspect first.
  package enum Ranking: String, Sendable, CaseIterable {
    /// By how much likelier the likeliest other class is than the label (cleanlab's normalized margin).
    case margin
    /// By the probability of the label, lowest first, which is the sample's loss.
    case loss

    /// The default: it finds at least as many of the wrong labels as the other (`latent-bench label-errors`).
    package static let usual = Ranking.loss
  }

  /// A sample and how suspect its label is.
  package struct Suspect: Sendable, Equatable {
    package let sample: Int
    /// The class of its label and the likeliest other class.
    package let label: Int
    package let suggested: Int
    package let labelProbability: Float
    package let suggestedProbability: Float
    /// Whether confident learning counts it as another class.
    package let isConfident: Bool
  }

  /// All samples, most suspect first.
  package let ranked: [Suspect]
  /// The estimated number of wrong labels, from the calibrated counts.
  package let estimatedCount: Int

  /// Ranks the samples by their class probabilities and given labels. Traps unless there is one label per sample, at
  /// least one sample and at least two classes. O(samples x classes), plus O(n log n) for sorting.
  package init(_ probabilities: PredictionTable, labels: [Int], by ranking: Ranking = .usual) {
    precondition(labels.count == probabilities.count && !labels.isEmpty, "a label a sample")
    let width = probabilities.width
    precondition(width > 1, "two classes at least")
    var sums = [Double](repeating: 0, count: width)
    var counts = [Int](repeating: 0, count: width)
    for (sample, label) in labels.enumerated() {
      sums[label] += Double(probabilities.values[sample * width + label])
      counts[label] += 1
    }
    // No sample is counted as a class that has no labels.
    let thresholds = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .infinity }
    var joint = [Int](repeating: 0, count: width * width)
    var suspects: [Suspect] = []
    for (sample, label) in labels.enumerated() {
      let row = Array(probabilities[sample])
      let confident = row.indices.filter { Double(row[$0]) >= thresholds[$0] }
        .max { (row[$0], $1) < (row[$1], $0) }
      if let confident { joint[label * width + confident] += 1 }
      let other =
        row.indices.filter { $0 != label }
        .max { (row[$0], $1) < (row[$1], $0) } ?? label
      suspects.append(
        Suspect(
          sample: sample, label: label, suggested: other, labelProbability: row[label],
          suggestedProbability: row[other], isConfident: confident.map { $0 != label } ?? false))
    }
    func score(_ suspect: Suspect) -> Float {
      switch ranking {
      case .margin: suspect.labelProbability - suspect.suggestedProbability
      case .loss: suspect.labelProbability
      }
    }
    ranked = suspects.sorted { (score($0), $0.sample) < (score($1), $1.sample) }
    // Not every sample is counted, so rows are scaled to the label frequencies.
    let wrong = (0..<width).reduce(0.0) { sum, label in
      let row = joint[label * width..<(label + 1) * width]
      let counted = row.reduce(0, +)
      guard counted > 0 else { return sum }
      return sum + Double(counts[label]) * Double(counted - row[row.startIndex + label])
        / Double(counted)
    }
    estimatedCount = Int(wrong.rounded())
  }

  /// The most suspect samples among those counted as another class, at most as many as the estimated number of wrong
  /// labels (cleanlab's `prune by noise rate`, over all classes).
  package var likely: [Suspect] { Array(ranked.filter(\.isConfident).prefix(estimatedCount)) }
}
