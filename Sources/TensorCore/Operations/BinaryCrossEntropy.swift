import Errors

/// The mean binary cross-entropy, over all elements, of targets within 0 ... 1 and the sigmoid of logits. Computed from
/// the logits, so that no sigmoid is rounded to 0 or 1.
struct BinaryCrossEntropy: Operation {
  let name = "binary cross-entropy"
  /// The weight of positives in each column, minus 1; nil if all are 1.
  let excess: Tensor?

  /// max(x, 0) - x y + ln(1 + e^-|x|), plus (w - 1) y ln(1 + e^-x) if positives weigh w.
  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    try checkSameShape(inputs, remedy: "Logits and targets must have the same shape.")
    if let excess {
      guard inputs[0].shape.rank > 0, inputs[0].shape[-1] == excess.elementCount else {
        throw .shapes(
          inputs[0].shape, excess.shape, in: name,
          remedy: "One weight is needed for each column of logits.")
      }
    }
    let tails = try tails(of: inputs[0])
    let lines = try Tensor.combined(inputs[0], inputs[1], operation: name) { logit, target in
      (logit > 0 ? logit : 0) - logit * target
    }
    var sum = lines.sum + tails.sum
    if let excess {
      let further = try Tensor.combined(
        softplusOfNegative(inputs[0], tails), inputs[1], operation: name, *)
      sum += try Tensor.combined(further, excess, operation: name, *).sum
    }
    return Tensor(sum / Float(lines.elementCount))
  }

  /// The gradient is (sigmoid(x) - y) / n for x and -x / n for y. If positives weigh w, add (w - 1) y (sigmoid(x) - 1)
  /// / n and (w - 1) ln(1 + e^-x) / n, respectively.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let factor = outputGradient.number / Float(inputs[0].elementCount)
    var gradients: [Gradient?] = [nil, nil]
    if needed[0] {
      let probabilities = try inputs[0].rowMajor().mapped(\.logistic)
      var gradient = try Tensor.combined(probabilities, inputs[1], operation: name) {
        ($0 - $1) * factor
      }
      if let excess {
        let missing = try Tensor.combined(probabilities, inputs[1], operation: name) {
          ($0 - 1) * $1 * factor
        }
        gradient = try .combined(
          gradient, .combined(missing, excess, operation: name, *), operation: name, +)
      }
      gradients[0] = .dense(gradient)
    }
    if needed[1] {
      var gradient = try inputs[0].mapped { -$0 * factor }
      if let excess {
        let tails = try softplusOfNegative(inputs[0], tails(of: inputs[0]))
        gradient = try .combined(
          gradient, .combined(tails, excess, operation: name) { $0 * $1 * factor },
          operation: name, +)
      }
      gradients[1] = .dense(gradient)
    }
    return gradients
  }

  /// Returns ln(1 + e^-|x|).
  private func tails(of logits: Tensor) throws(TensorError) -> Tensor {
    try logits.rowMajor().mapped { logits in
      let sizes = logits.replacing(with: -logits, where: logits .> 0)
      return Tensor.Lanes(
        lowHalf: sizes.lowHalf.exponential.logarithmOfOnePlus,
        highHalf: sizes.highHalf.exponential.logarithmOfOnePlus)
    }
  }

  /// Returns ln(1 + e^-x).
  private func softplusOfNegative(
    _ logits: Tensor, _ tails: Tensor
  ) throws(TensorError) -> Tensor {
    try .combined(logits, tails, operation: name) { logit, tail in
      (logit < 0 ? -logit : 0) + tail
    }
  }
}

extension Tape {
  /// Returns the mean over all elements of `-(w y ln s + (1 - y) ln(1 - s))` (PyTorch's `BCEWithLogitsLoss` with
  /// `pos_weight`). Here s is the sigmoid of the logit, y the target and w the weight of positives in the column, by
  /// default 1. Throws if the shapes differ, or unless there is one weight per column.
  package func binaryCrossEntropy(
    logits: Variable, targets: Variable, positiveWeights: [Float]? = nil
  ) throws(TensorError) -> Variable {
    let excess = positiveWeights.map { Tensor([$0.count], $0.map { $0 - 1 }) }
    return try apply(BinaryCrossEntropy(excess: excess), to: logits, targets)
  }
}
