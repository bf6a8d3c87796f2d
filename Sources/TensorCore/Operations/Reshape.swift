/// The same elements, of any type, in another shape.
struct Reshape: Operation {
  let name = "reshape"
  let shape: Shape

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try inputs[0].reshaped(to: shape)
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [.dense(try outputGradient.reshaped(to: inputs[0].shape))]
  }
}

extension Tape {
  /// The same elements, of any type, in another shape. Throws when the element counts differ.
  package func reshape(_ input: Variable, to shape: Shape) throws(TensorError) -> Variable {
    try apply(Reshape(shape: shape), to: input)
  }
}
