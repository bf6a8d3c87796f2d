/// Each element set to 0 with a probability, the others made larger so that the mean stays.
struct Dropout: Operation {
  let name = "dropout"
  /// The probability of 0.
  let probability: Float
  private var random: RandomStream
  /// What each element is multiplied by: 0, or 1 / (1 - probability).
  private var factors = Tensor.empty

  init(probability: Float, random: RandomStream) {
    self.probability = probability
    self.random = random
  }

  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    // A word below this is a 0: the probability in 2^32ths, exact.
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
  /// Sets each element to 0 with a probability and multiplies the others by
  /// `1 / (1 - probability)` ("inverted"), by the next words of `random`, one an element. Traps unless
  /// the probability is within 0 ... 1.
  package func dropout(
    _ input: Variable, probability: Float, random: RandomStream
  ) throws(TensorError) -> Variable {
    precondition((0...1).contains(probability), "a probability of \(probability)")
    return try apply(Dropout(probability: probability, random: random), to: input)
  }
}
