/// The sum of all elements.
struct Sum: Operation {
  let name = "sum"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    return Tensor(inputs[0].sum)
  }

  /// Every element has the gradient of the output.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) -> [Gradient?] {
    [.dense(Tensor(inputs[0].shape, repeating: outputGradient.number))]
  }
}

extension Tensor {
  /// The sum of all elements: blocks of 1,024 in single precision, accumulated in double.
  package var sum: Float { withElements { $0.sum } }
}

extension UnsafeBufferPointer<Float> {
  /// The sum of all elements: blocks of 1,024 in single precision, accumulated in double.
  var sum: Float {
    var total = 0.0
    for start in stride(from: 0, to: count, by: 1024) {
      var lanes = SIMD8<Float>()
      let end = Swift.min(start + 1024, count)
      var position = start
      while position + 8 <= end {
        for lane in 0..<8 { lanes[lane] += self[position + lane] }
        position += 8
      }
      while position < end {
        lanes[position & 7] += self[position]
        position += 1
      }
      total += Double(lanes.sum())
    }
    return Float(total)
  }
}

extension Tape {
  /// Returns the sum of all elements of `input`, as a tensor of shape `[]`.
  package func sum(_ input: Variable) throws(TensorError) -> Variable {
    try apply(Sum(), to: input)
  }
}
