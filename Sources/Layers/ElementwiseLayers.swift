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

/// `1 / (1 + e^-x)` of each element, scaled to a range.
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

/// In training sets each element to 0 with a probability and makes the others larger, so that the
/// mean stays ("inverted"); else hands its input on (Srivastava et al., "Dropout", 2014).
package final class Dropout: Layer {
  /// The probability of 0.
  package let probability: Float

  /// Traps unless the probability is within 0 ... 1.
  package init(_ probability: Float) {
    precondition((0...1).contains(probability), "a probability of \(probability)")
    self.probability = probability
  }

  /// Takes the next of the pass's random numbers.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    guard pass.isTraining, probability > 0 else { return input }
    let seed = pass.random.next()
    return try pass.tape.dropout(
      input, probability: probability, random: RandomStream(seed: seed, stream: 0))
  }
}
