import Errors

/// The mean over all elements of the cross-entropy of a target within 0 ... 1 and the sigmoid of a
/// logit, computed from the logit: no sigmoid is rounded to 0 or 1 first.
struct BinaryCrossEntropy: Operation {
  let name = "binary cross-entropy"

  /// max(x, 0) - x y + ln(1 + e^-|x|).
  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 2)
    try checkSameShape(inputs, remedy: "Logits and targets must have the same shape.")
    let tails = try inputs[0].rowMajor().mapped { logits in
      let sizes = logits.replacing(with: -logits, where: logits .> 0)
      return Tensor.Lanes(
        lowHalf: sizes.lowHalf.exponential.logarithmOfOnePlus,
        highHalf: sizes.highHalf.exponential.logarithmOfOnePlus)
    }
    let lines = try Tensor.combined(inputs[0], inputs[1], operation: name) { logit, target in
      (logit > 0 ? logit : 0) - logit * target
    }
    return Tensor((lines.sum + tails.sum) / Float(lines.elementCount))
  }

  /// (sigmoid(x) - y) / n by x, -x / n by y.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let factor = outputGradient.number / Float(inputs[0].elementCount)
    var gradients: [Gradient?] = [nil, nil]
    if needed[0] {
      gradients[0] = .dense(
        try .combined(
          inputs[0].rowMajor().mapped(\.logistic), inputs[1], operation: name
        ) { ($0 - $1) * factor })
    }
    if needed[1] { gradients[1] = .dense(try inputs[0].mapped { -$0 * factor }) }
    return gradients
  }
}

extension Tape {
  /// The mean over all elements of `-(y ln s + (1 - y) ln(1 - s))`, with s the sigmoid of the logit
  /// and y the target. Throws when the shapes differ.
  package func binaryCrossEntropy(
    logits: Variable, targets: Variable
  ) throws(TensorError) -> Variable {
    try apply(BinaryCrossEntropy(), to: logits, targets)
  }
}
