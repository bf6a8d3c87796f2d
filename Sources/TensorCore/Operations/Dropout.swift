/// Zeroes each element with a given probability and scales up the others to preserve the mean.
struct Dropout: Operation {
  let name = "dropout"
  /// The probability that an element is zeroed.
  let probability: Float
  private var random: RandomStream
  /// The factor of each element: 0 or 1 / (1 - probability).
  private var factors = Tensor.empty

  init(probability: Float, random: RandomStream) {
    self.probability = probability
    self.random = random
  }

  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    // Words below this give a 0: the probability in units of 2^-32, rounded.
    let threshold = UInt64((Double(probability) * 0x1p32).rounded())
    let kept = 1 / (1 - probability)
    var random = random
    factors = Tensor(inputs[0].shape) { factors in
      for position in factors.indices {
        factors[position] = UInt64(random.nextWord()) < threshold ? 0 : kept
      }
    }
    return try .combined(inputs[0], factors, operation: name) { $1 == 0 ? 0 : $0 * $1 }
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [.dense(try .combined(outputGradient, factors, operation: name) { $1 == 0 ? 0 : $0 * $1 })]
  }
}

extension Tape {
  /// Zeroes each element with the given probability and multiplies the others by `1 / (1 - probability)` (inverted
  /// dropout). Uses one word of `random` per element. Traps unless the probability is within 0 ... 1.
  package func dropout(
    _ input: Variable, probability: Float, random: RandomStream
  ) throws(TensorError) -> Variable {
    precondition((0...1).contains(probability), "a probability of \(probability)")
    return try apply(Dropout(probability: probability, random: random), to: input)
  }
}
