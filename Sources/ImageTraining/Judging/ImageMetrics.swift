package import Evaluation
import Foundation
package import ImageModels
import ModelRegistry

extension Metric {
  /// The share of images with the right class.
  package static let accuracy = Metric("accuracy", better: .higher, ofEach: "image")
  /// The share of labels that are rightly given or left out.
  package static let labelAccuracy = Metric("accuracy_multi", better: .higher, ofEach: "image")
  /// The mean negative log-likelihood of the truth; for labels, the mean over all of them.
  package static let crossEntropy = Metric("cross_entropy", better: .lower, ofEach: "image")
  /// The root mean squared error over all numbers; for points in halves of the image's width and height.
  package static let numbersRMSE = Metric("rmse", better: .lower, ofEach: "image") {
    $0.squareRoot()
  }
  /// The mean absolute error over all numbers; for points in the unit of ``numbersRMSE``.
  package static let numbersMAE = Metric("mae", better: .lower, ofEach: "image")
}

extension ImageTask.Kind {
  /// The metrics by which versions are compared, the main one first.
  ///
  /// For labels that is the cross-entropy: most images have few labels, and a model that gives none at all is mostly
  /// right.
  package var judgedBy: [Metric] {
    switch self {
    case .classify: [.accuracy, .crossEntropy]
    case .multilabel: [.crossEntropy, .labelAccuracy]
    case .regress, .points: [.numbersRMSE, .numbersMAE]
    }
  }
}

extension ImageTask {
  /// The metrics by which versions are compared: those of the task's kind.
  package var judgedBy: [Metric] { kind.judgedBy }

  /// The lower bound of probabilities in the cross-entropy, which 0 would make infinite.
  private static let leastProbability = 1e-7

  /// Returns an answer's term for each metric of ``judgedBy``; the mean of the terms over images makes the metric.
  ///
  /// - Parameters:
  ///   - answer: One number per output. Points from -1 to 1, left to right and top to bottom of the image.
  ///   - truth: The same for the truth: 1 for the class and each label, 0 for others.
  ///   - given: For labels: whether each is given.
  func terms(of answer: [Float], truth: [Float], given: [Bool]) -> [Double] {
    func loss(_ probability: Float) -> Double {
      -log(max(Double(probability), Self.leastProbability))
    }
    let count = Double(truth.count)
    switch self {
    case .classify:
      let likeliest = ImageAnswer(values: answer).likeliest
      let own = truth.firstIndex(of: 1) ?? 0
      return [likeliest == own ? 1 : 0, loss(answer[own])]
    case .multilabel:
      let losses = zip(answer, truth).reduce(0) { $0 + loss($1.1 > 0.5 ? $1.0 : 1 - $1.0) }
      let right = zip(given, truth).count { $0 == ($1 > 0.5) }
      return [losses / count, Double(right) / count]
    case .regress, .points:
      let errors = zip(answer, truth).map { Double($0) - Double($1) }
      return [
        errors.reduce(0) { $0 + $1 * $1 } / count, errors.reduce(0) { $0 + abs($1) } / count,
      ]
    }
  }
}
