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

  /// Throws unless outputs and targets have as many elements, all `float32`.
  func checkElements(_ outputs: Tensor, _ targets: Tensor) throws(TensorError) {
    guard outputs.elementCount == targets.elementCount, outputs.elementType == .float32,
      targets.elementType == .float32
    else { throw mismatch(outputs, targets, "Both must hold equally many numbers (F32).") }
  }

  /// Throws unless outputs are `[samples, classes]` and targets as many classes' numbers, in range;
  /// returns the classes.
  func checkClasses(_ outputs: Tensor, _ targets: Tensor) throws(TensorError) -> [Int] {
    guard outputs.shape.rank == 2, outputs.elementType == .float32,
      targets.elementCount == outputs.shape[0]
    else { throw mismatch(outputs, targets, "They must be [samples, classes] and [samples].") }
    let classes: [Int]
    switch targets.elementType {
    case .int32: classes = targets.elements(of: Int32.self).map { Int($0) }
    case .uint32: classes = targets.elements(of: UInt32.self).map { Int($0) }
    case .int64: classes = targets.elements(of: Int64.self).map { Int($0) }
    default: throw mismatch(outputs, targets, "Targets must be whole numbers (I32, U32 or I64).")
    }
    guard classes.allSatisfy((0..<outputs.shape[1]).contains) else {
      throw mismatch(outputs, targets, "A target is not from 0 to \(outputs.shape[1] - 1).")
    }
    return classes
  }

  private func mismatch(_ outputs: Tensor, _ targets: Tensor, _ remedy: String) -> TensorError {
    TensorError(
      .shapeMismatch,
      "outputs of shape \(outputs.shape) (\(outputs.elementType.rawValue)) and targets of shape "
        + "\(targets.shape) (\(targets.elementType.rawValue))", place: name, remedy: remedy)
  }
}
