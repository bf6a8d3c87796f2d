import Foundation
import Interpretation

/// Images whose labels are likely wrong, for any task: by ``LabelErrors`` for classes and for each label separately,
/// and by the error for numbers and points.
package struct LabelSuspects: Sendable {
  /// An image whose label is in doubt.
  package struct Suspect: Sendable, Equatable {
    /// The position among the examined images.
    package let image: Int
    /// The given labels (one for single-label tasks) and the suggested ones.
    package let labels: [String]
    package let suggested: [String]
    /// The reason in words: the probabilities, or how far off the label is.
    package let why: String
    /// Whether confident learning assigns it to another class; for numbers and points, whether the error is more
    /// than three times the usual.
    package let isLikely: Bool

    /// Returns labels in words.
    package static func words(_ labels: [String]) -> String {
      labels.isEmpty ? "(none)" : labels.joined(separator: ", ")
    }
  }

  /// The suspects, most suspicious first; each image at most once.
  package let ranked: [Suspect]
  /// The number of labels that are likely wrong, and the number of all. In multi-label tasks every label of an image
  /// counts, given or not; in other tasks each image has one.
  package let estimatedCount: Int
  package let labelCount: Int
  /// Both counts in words.
  package let words: String

  /// Finds the suspects among the examined images.
  package init(_ examined: Examination) {
    switch examined.truth {
    case .classes(let actual) where examined.outputs.count > 1:
      let errors = LabelErrors(examined.predictions, labels: actual)
      estimatedCount = errors.estimatedCount
      ranked = errors.ranked.map { suspect in
        Suspect(
          image: suspect.sample, labels: [examined.outputs[suspect.label]],
          suggested: [examined.outputs[suspect.suggested]],
          why: Self.words(suspect.labelProbability, suspect.suggestedProbability),
          isLikely: suspect.isConfident)
      }
    case .classes:
      (ranked, estimatedCount) = ([], 0)
    case .labels(let isTrue): (ranked, estimatedCount) = Self.ofLabels(examined, isTrue)
    case .numbers(let actual):
      (ranked, estimatedCount) = Self.ofNumbers(examined, actual)
    }
    let images = examined.items.count
    if case .labels = examined.truth {
      labelCount = images * examined.outputs.count
      words =
        "\(estimatedCount) of \(labelCount) labels (\(images) images, each with or without "
        + "\(examined.outputs.count) labels) are likely wrong"
    } else {
      labelCount = images
      words = "\(estimatedCount) of \(images) labels are likely wrong"
    }
  }

  /// The number of images with a label that is likely wrong.
  package var likelyImageCount: Int {
    labelCount == ranked.count ? estimatedCount : ranked.count { $0.isLikely }
  }

  private static func words(_ label: Float, _ suggested: Float) -> String {
    String(format: "probability %.2f, suggestion %.2f", label, suggested)
  }

  /// Treats each label as a binary classification; keeps the most suspicious label of each image.
  private static func ofLabels(
    _ examined: Examination, _ isTrue: [Bool]
  ) -> ([Suspect], Int) {
    let (count, width) = (examined.predictions.count, examined.predictions.width)
    var worst = [(label: Int, probability: Float, isLikely: Bool)?](repeating: nil, count: count)
    var estimated = 0
    for label in 0..<width {
      let given = (0..<count).map { examined.predictions.values[$0 * width + label] }
      let table = PredictionTable(width: 2, values: given.flatMap { [1 - $0, $0] })
      let own = (0..<count).map { isTrue[$0 * width + label] ? 1 : 0 }
      let errors = LabelErrors(table, labels: own)
      estimated += errors.estimatedCount
      for suspect in errors.ranked {
        if let known = worst[suspect.sample], known.probability <= suspect.labelProbability {
          continue
        }
        worst[suspect.sample] = (label, suspect.labelProbability, suspect.isConfident)
      }
    }
    let suspects = worst.enumerated().compactMap { image, found in
      found.map {
        (image: image, label: $0.label, probability: $0.probability, isLikely: $0.isLikely)
      }
    }.sorted { ($0.probability, $0.image) < ($1.probability, $1.image) }
    return (
      suspects.map { suspect in
        let has = (0..<width).filter { isTrue[suspect.image * width + $0] }
        let isGiven = has.contains(suspect.label)
        let others =
          isGiven
          ? has.filter { $0 != suspect.label } : (has + [suspect.label]).sorted()
        return Suspect(
          image: suspect.image, labels: has.map { examined.outputs[$0] },
          suggested: others.map { examined.outputs[$0] },
          why: "\(examined.outputs[suspect.label]) \(isGiven ? "given" : "missing"), "
            + words(suspect.probability, 1 - suspect.probability), isLikely: suspect.isLikely)
      }, estimated
    )
  }

  /// Ranks images by their largest error, divided by that output's RMSE; a point's error is its distance.
  private static func ofNumbers(
    _ examined: Examination, _ actual: [Float]
  ) -> ([Suspect], Int) {
    let (count, width) = (examined.predictions.count, examined.predictions.width)
    let predicted = examined.predictions.values
    // A point is two numbers.
    let size = examined.isOfPoints ? 2 : 1
    let outputs = width / size
    let errors = (0..<count * outputs).map { place -> Double in
      var squares = 0.0
      for number in place * size..<(place + 1) * size {
        squares += pow(Double(predicted[number]) - Double(actual[number]), 2)
      }
      return squares.squareRoot()
    }
    let deviations = (0..<outputs).map { output in
      let squares = (0..<count).reduce(0.0) { $0 + pow(errors[$1 * outputs + output], 2) }
      return max((squares / Double(count)).squareRoot(), 1e-12)
    }
    let ranked = (0..<count).map { image -> (image: Int, output: Int, size: Double) in
      let sizes = (0..<outputs).map { errors[image * outputs + $0] / deviations[$0] }
      let output = sizes.indices.max { (sizes[$0], $1) < (sizes[$1], $0) } ?? 0
      return (image, output, sizes[output])
    }.sorted { ($1.size, $0.image) < ($0.size, $1.image) }
    let suspects = ranked.map { suspect in
      let row = suspect.image * width..<(suspect.image + 1) * width
      return Suspect(
        image: suspect.image,
        labels: row.map { String(format: "%g", actual[$0]) },
        suggested: row.map { String(format: "%.4g", predicted[$0]) },
        why: (outputs > 1 ? examined.outputs[suspect.output] + " " : "")
          + String(
            format: "off by %.3g, %.1f times the RMSE",
            errors[suspect.image * outputs + suspect.output], suspect.size),
        isLikely: suspect.size > 3)
    }
    return (suspects, suspects.count { $0.isLikely })
  }
}
