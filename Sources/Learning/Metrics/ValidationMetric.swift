import Errors
package import TensorCore

/// A figure over all held-out samples, gathered batch by batch. Each validation begins with a copy of the
/// metric as it was made.
package protocol ValidationMetric {
  /// What it is called, as in `error_rate`.
  var name: String { get }
  /// Whether lower is better.
  var isError: Bool { get }

  /// Takes in a batch: a model's outputs as they are, without the loss's activation, and targets.
  /// Throws when their shapes or types do not fit.
  mutating func add(outputs: Tensor, targets: Tensor) throws(TensorError)
  /// The figure over all samples so far; NaN when there are none.
  var value: Double { get }
}

/// A metric's figure after an epoch.
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
  /// The figure with its name.
  package var current: MetricValue { MetricValue(name: name, value: value, isError: isError) }

  /// Outputs and targets, number by number, of the metric `name`. Throws unless they have as many, all
  /// `float32`.
  static func numbers(
    _ outputs: Tensor, _ targets: Tensor, of name: String
  ) throws(TensorError) -> (outputs: [Float], targets: [Float]) {
    guard outputs.elementCount == targets.elementCount, outputs.elementType == .float32,
      targets.elementType == .float32
    else {
      throw mismatch(outputs, targets, of: name, "Both must hold equally many numbers (F32).")
    }
    return (outputs.elements(), targets.elements())
  }

  /// The classes of outputs `[samples, classes]`. Throws unless targets are as many integers, in range.
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
