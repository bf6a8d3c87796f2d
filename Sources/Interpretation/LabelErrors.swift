import Foundation

/// Which samples' labels are likely wrong, by the out-of-fold probabilities of a classifier: predictions by models
/// that have not learned from the sample.
///
/// Confident learning (Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels",
/// 2021): a sample labelled i is counted as of class j where its probability of j is at least the mean probability of j
/// of the samples labelled j, the likeliest such j. The counts off the diagonal are suspects, and calibrated to the
/// frequency of labels they estimate how many labels are wrong (section 3.1, eq. 1 and 2).
package struct LabelErrors: Sendable {
  /// How samples are ordered, the most suspect first.
  package enum Ranking: String, Sendable, CaseIterable {
    /// By how much likelier the likeliest other class is than the label (the normalized margin of cleanlab).
    case margin
    /// By the probability of the label, the least first: the loss of the sample.
    case loss

    /// The one that finds no fewer of the wrong labels than the other (`latent-bench label-errors`).
    package static let usual = Ranking.loss
  }

  /// A sample whose label is likely wrong.
  package struct Suspect: Sendable, Equatable {
    package let sample: Int
    /// The class of its label, and the likeliest other one.
    package let label: Int
    package let suggested: Int
    package let labelProbability: Float
    package let suggestedProbability: Float
    /// Whether it is counted as of another class by confident learning.
    package let isConfident: Bool
  }

  /// All samples, the most suspect first.
  package let ranked: [Suspect]
  /// The number of labels that are likely wrong, by the calibrated counts.
  package let estimatedCount: Int

  /// Of the probabilities of classes and the labels as they are. Traps unless there is a class a sample, at least
  /// one sample and two classes. O(samples x classes), O(n log n) for the order.
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
    // A class that nobody has takes nobody in.
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
    // Rows scaled to the frequencies of the labels, as not every sample is counted.
    let wrong = (0..<width).reduce(0.0) { sum, label in
      let row = joint[label * width..<(label + 1) * width]
      let counted = row.reduce(0, +)
      guard counted > 0 else { return sum }
      return sum + Double(counts[label]) * Double(counted - row[row.startIndex + label])
        / Double(counted)
    }
    estimatedCount = Int(wrong.rounded())
  }

  /// As many of the most suspect samples as labels are likely wrong, of those that are counted as of another class
  /// (cleanlab's `prune by noise rate`, over all classes).
  package var likely: [Suspect] { Array(ranked.filter(\.isConfident).prefix(estimatedCount)) }
}
