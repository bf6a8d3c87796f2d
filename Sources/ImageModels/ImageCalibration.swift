import TensorCore

/// The calibration of a model's probabilities, fitted on images that it has not learned from (temperature scaling:
/// Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2).
package struct ImageCalibration: Hashable, Sendable, Codable {
  /// The divisors of the outputs before they become probabilities: one for all classes, which are mutually
  /// exclusive, or one per label.
  package var temperatures: [Float]
  /// The best threshold if all labels share one; nil for classes.
  package var overallThreshold: Float?

  package init(temperatures: [Float], overallThreshold: Float? = nil) {
    self.temperatures = temperatures
    self.overallThreshold = overallThreshold
  }

  /// Returns why it does not fit a model of `task`, in words; nil if it does.
  func fault(for task: ImageTask) -> String? {
    let count: Int
    switch task {
    case .classify: count = 1
    case .multilabel(let labels, _): count = labels.count
    case .regress, .points: return "a calibration of outputs that are not probabilities"
    }
    guard temperatures.count == count, temperatures.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      return "invalid temperatures: expected \(count) above 0"
    }
    if let overallThreshold, !(0...1).contains(overallThreshold) {
      return "an overall threshold of \(overallThreshold)"
    }
    return nil
  }

  /// Returns outputs `[batch, outputs]`, each divided by its temperature.
  func scaled(_ outputs: Variable, on tape: Tape) throws(TensorError) -> Variable {
    try tape.multiply(
      outputs, Variable(Tensor([1, temperatures.count], temperatures.map { 1 / $0 })))
  }
}
