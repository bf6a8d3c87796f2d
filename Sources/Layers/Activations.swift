package import TensorCore

/// max(x, 0) of each element.
package final class ReLU: Layer {
  package init() {}

  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.relu(input)
  }
}

/// `1 / (1 + e^-x)` of each element, stretched to a range.
package final class Sigmoid: Layer {
  private let lower: Float
  private let upper: Float

  /// Traps unless lower < upper.
  package init(from lower: Float = 0, to upper: Float = 1) {
    precondition(lower < upper, "a sigmoid from \(lower) to \(upper)")
    self.lower = lower
    self.upper = upper
  }

  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.sigmoid(input, from: lower, to: upper)
  }
}
