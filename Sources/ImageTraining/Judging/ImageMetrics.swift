package import Evaluation
import Foundation
package import ImageModels
import ModelRegistry

extension Metric {
  /// The share of images whose class is right.
  package static let accuracy = Metric("accuracy", better: .higher, ofEach: "image")
  /// The share of labels that are given or left out rightly.
  package static let labelAccuracy = Metric("accuracy_multi", better: .higher, ofEach: "image")
  /// The mean of -ln of the probability that is given to the truth; of labels the mean over all.
  package static let crossEntropy = Metric("cross_entropy", better: .lower, ofEach: "image")
  /// The root of the mean squared error over all numbers; of points in halves of the image's width and height.
  package static let numbersRMSE = Metric("rmse", better: .lower, ofEach: "image") {
    $0.squareRoot()
  }
  /// The mean absolute error over all numbers; of points as ``numbersRMSE``.
  package static let numbersMAE = Metric("mae", better: .lower, ofEach: "image")
}

extension ImageTask.Kind {
  /// The figures that versions of such tasks can be compared by, the usual one first.
  ///
  /// Of labels that is the cross-entropy: most images have few of them, and a model that gives none at all is right
  /// of most.
  package var judgedBy: [Metric] {
    switch self {
    case .classify: [.accuracy, .crossEntropy]
    case .multilabel: [.crossEntropy, .labelAccuracy]
    case .regress, .points: [.numbersRMSE, .numbersMAE]
    }
  }
}

extension ImageTask {
  /// The figures that versions can be compared by, which are those of its kind.
  package var judgedBy: [Metric] { kind.judgedBy }

  /// The least probability that a cross-entropy goes by: so is one of 0, which would make it infinite.
  private static let leastProbability = 1e-7

  /// What an answer is worth, by ``judgedBy``: a term for each, whose mean over images makes the figure.
  ///
  /// - Parameters:
  ///   - answer: A number an output. Of points from -1 to 1, left to right and top to bottom of the image.
  ///   - truth: The same of what is right: 1 for the class and each label, 0 for others.
  ///   - given: Of labels: whether each is given.
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
