import Errors
import Foundation
package import TensorCore

/// A metric that averages one term per held-out sample, or per output value.
package struct MeanMetric: ValidationMetric, Sendable {
  package let name: String
  package let isError: Bool
  /// Computes one term for each sample, or for each output value.
  private let terms:
    @Sendable (_ outputs: Tensor, _ targets: Tensor) throws(TensorError) -> [Double]
  /// Converts the mean of all terms to the metric's value.
  private let figure: @Sendable (Double) -> Double
  private var sum = 0.0
  private var count = 0

  private init(
    _ name: String, isError: Bool, figure: @escaping @Sendable (Double) -> Double = { $0 },
    terms: @escaping @Sendable (Tensor, Tensor) throws(TensorError) -> [Double]
  ) {
    self.name = name
    self.isError = isError
    self.figure = figure
    self.terms = terms
  }

  package mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError) {
    let terms = try terms(outputs, targets)
    sum += terms.reduce(0, +)
    count += terms.count
  }

  package var value: Double { figure(sum / Double(count)) }
}

extension MeanMetric {
  /// The root mean squared error over the whole set, as opposed to the mean of the batches' roots.
  package static let rmse = ofNumbers(
    "rmse", isError: true, figure: { $0.squareRoot() },
    term: { (Double($0) - Double($1)) * (Double($0) - Double($1)) })

  /// The mean absolute error.
  package static let mae = ofNumbers("mae", isError: true) { abs(Double($0) - Double($1)) }

  /// Returns the share of correct single labels (fastai's `accuracy_multi`). A label is predicted if its probability,
  /// the sigmoid of its output, is above the threshold; targets are 0 and 1.
  package static func multiLabelAccuracy(threshold: Double = 0.5) -> MeanMetric {
    ofNumbers("accuracy_multi", isError: false) { output, target in
      isPositive(output, over: threshold) == (target > 0.5) ? 1 : 0
    }
  }

  /// The share of samples whose class has the highest output. Ties go to the first class.
  package static let accuracy = ofClasses("accuracy", isError: false, among: 1)

  /// 1 - ``accuracy``.
  package static let errorRate = ofClasses("error_rate", isError: true, among: 1) { 1 - $0 }

  /// Returns the share of samples whose class is among the k highest outputs. Ties go to the first classes.
  package static func topKAccuracy(k: Int = 5) -> MeanMetric {
    precondition(k > 0, "the best \(k)")
    return ofClasses("top_\(k)_accuracy", isError: false, among: k)
  }

  private static func ofNumbers(
    _ name: String, isError: Bool, figure: @escaping @Sendable (Double) -> Double = { $0 },
    term: @escaping @Sendable (_ output: Float, _ target: Float) -> Double
  ) -> MeanMetric {
    MeanMetric(name, isError: isError, figure: figure) { (outputs, targets) throws(TensorError) in
      let (outputs, targets) = try numbers(outputs, targets, of: name)
      return zip(outputs, targets).map { term($0, $1) }
    }
  }

  /// Returns a metric based on the share of samples whose class is among the `k` highest outputs.
  private static func ofClasses(
    _ name: String, isError: Bool, among k: Int,
    figure: @escaping @Sendable (Double) -> Double = { $0 }
  ) -> MeanMetric {
    MeanMetric(name, isError: isError, figure: figure) { (outputs, targets) throws(TensorError) in
      let classes = try classes(outputs, targets, of: name)
      let classCount = outputs.shape[1]
      return outputs.withElements { outputs in
        classes.enumerated().map { sample, target in
          let row = outputs[sample * classCount..<(sample + 1) * classCount]
          let own = row[row.startIndex + target]
          // A NaN compares greater than nothing and nothing compares greater than it: it must not count as a hit.
          guard !own.isNaN else { return 0 }
          let ahead = row.enumerated().count { $1 > own || ($1 == own && $0 < target) }
          return ahead < k ? 1 : 0
        }
      }
    }
  }
}

/// Returns whether the sigmoid of an output is above the threshold; false for NaN.
func isPositive(_ output: Float, over threshold: Double) -> Bool {
  1 / (1 + exp(-Double(output))) > threshold
}
