import TensorCore

/// How a model's outputs become probabilities that are as frequent as they say, fitted on images that it has not
/// learned from (temperature scaling: Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2).
package struct ImageCalibration: Hashable, Sendable, Codable {
  /// What outputs are divided by before they become probabilities: one number for all classes, which exclude each
  /// other, or one for each label.
  package var temperatures: [Float]
  /// Of labels the threshold that is best where all have the same one; nil for classes.
  package var overallThreshold: Float?

  package init(temperatures: [Float], overallThreshold: Float? = nil) {
    self.temperatures = temperatures
    self.overallThreshold = overallThreshold
  }

  /// What is wrong with it for a model of `task`, in words; nil for nothing.
  func fault(for task: ImageTask) -> String? {
    let count: Int
    switch task {
    case .classify: count = 1
    case .multilabel(let labels, _): count = labels.count
    case .regress, .points: return "a calibration of what is no probability"
    }
    guard temperatures.count == count, temperatures.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      return "no temperature above 0 for each of \(count)"
    }
    if let overallThreshold, !(0...1).contains(overallThreshold) {
      return "a threshold of \(overallThreshold)"
    }
    return nil
  }

  /// Outputs `[batch, outputs]`, each divided by its temperature.
  func scaled(_ outputs: Variable, on tape: Tape) throws(TensorError) -> Variable {
    try tape.multiply(
      outputs, Variable(Tensor([1, temperatures.count], temperatures.map { 1 / $0 })))
  }
}
