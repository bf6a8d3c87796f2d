import Errors
package import TensorCore

/// A metric over all held-out samples, accumulated batch by batch. Each validation starts with a copy of the metric in
/// its initial state.
package protocol ValidationMetric {
  /// The metric's name, such as `error_rate`.
  var name: String { get }
  /// Whether lower is better.
  var isError: Bool { get }

  /// Adds a batch: a model's raw outputs, without the loss's activation, and the targets. Throws if their shapes or
  /// types do not match.
  mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError)
  /// The value over all samples so far; NaN if there are none.
  var value: Double { get }
}

/// A metric's value after an epoch.
package struct MetricValue: Sendable, Equatable, Codable {
  package let name: String
  package let value: Double
  /// Whether lower is better.
  package let isError: Bool

  package init(name: String, value: Double, isError: Bool) {
    self.name = name
    self.value = value
    self.isError = isError
  }
}

extension ValidationMetric {
  /// The current value with its name.
  package var current: MetricValue { MetricValue(name: name, value: value, isError: isError) }

  /// Returns outputs and targets as flat arrays, for the metric `name`. Throws unless they have the same count and are
  /// `float32`.
  static func numbers(
    _ outputs: Tensor, _ targets: Tensor, of name: String
  ) throws(TensorError) -> (outputs: [Float], targets: [Float]) {
    guard outputs.elementCount == targets.elementCount, outputs.elementType == .float32,
      targets.elementType == .float32
    else {
      throw mismatch(
        outputs, targets, of: name, "Both must hold the same number of elements (F32).")
    }
    return (outputs.elements(), targets.elements())
  }

  /// Returns the target classes for outputs `[samples, classes]`. Throws unless there is one integer target per sample,
  /// in range.
  static func classes(
    _ outputs: Tensor, _ targets: Tensor, of name: String
  ) throws(TensorError) -> [Int] {
    guard outputs.shape.rank == 2, outputs.elementType == .float32,
      targets.elementCount == outputs.shape[0]
    else {
      throw mismatch(outputs, targets, of: name, "They must be [samples, classes] and [samples].")
    }
    let limit = outputs.shape[1]
    guard let classes = try? targets.indices(), classes.allSatisfy({ $0 < limit }) else {
      throw mismatch(
        outputs, targets, of: name, "Targets must be whole numbers from 0 to \(limit - 1).")
    }
    return classes.map { Int($0) }
  }

  private static func mismatch(
    _ outputs: Tensor, _ targets: Tensor, of name: String, _ remedy: String
  ) -> TensorError {
    TensorError(
      .shapeMismatch,
      "outputs of shape \(outputs.shape) (\(outputs.elementType.rawValue)) and targets of shape "
        + "\(targets.shape) (\(targets.elementType.rawValue))", place: name, remedy: remedy)
  }
}
