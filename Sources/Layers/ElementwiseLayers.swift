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

/// `1 / (1 + e^-x)` of each element, scaled to the range `lower` to `upper`.
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

/// Inverted dropout (Srivastava et al., "Dropout", 2014). In training it zeroes each element with the given probability
/// and scales up the others to preserve the mean; otherwise it passes its input through.
package final class Dropout: Layer {
  /// The probability that an element is zeroed.
  package let probability: Float

  /// Traps unless the probability is within 0 ... 1.
  package init(_ probability: Float) {
    precondition((0...1).contains(probability), "a probability of \(probability)")
    self.probability = probability
  }

  /// Draws one random number from the pass.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    guard pass.isTraining, probability > 0 else { return input }
    let seed = pass.random.next()
    return try pass.tape.dropout(
      input, probability: probability, random: RandomStream(seed: seed, stream: 0))
  }
}
