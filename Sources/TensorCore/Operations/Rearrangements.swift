import Errors

/// The same values in another form. The gradient is converted back to the form of the input.
struct Rearrangement: Operation {
  let name: String
  /// Converts an input to the new form.
  let there: (Tensor) throws(TensorError) -> Tensor
  /// Returns the equivalent ONNX operators for an input and an output.
  var operators: (_ input: Tensor, _ output: Tensor) -> [ONNXOperator] = { _, _ in [] }
  /// Converts a gradient to the form of the input.
  let back: (_ gradient: Tensor, _ input: Tensor) throws(TensorError) -> Tensor

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor { try there(inputs[0]) }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    operators(inputs[0], output)
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [.dense(try back(outputGradient, inputs[0]))]
  }
}

/// The concatenation of tensors along a dimension.
struct Concatenation: Operation {
  let name = "concatenation"
  let dimension: Int

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: inputs.count)
    let first = inputs[0].shape
    var lengths = first.dimensions
    for input in inputs.dropFirst() {
      var others = input.shape.dimensions
      guard others.count == lengths.count else { throw mismatch(first, input.shape) }
      lengths[dimension] += others[dimension]
      others[dimension] = lengths[dimension]
      guard others == lengths else { throw mismatch(first, input.shape) }
    }
    let result = Shape(lengths)
    return Tensor(result) { joined in
      forEachRun(of: inputs, in: result) { input, own, place in
        inputs[input].withElements { part in
          _ = joined[place].update(fromContentsOf: part[own])
        }
      }
    }
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    [ONNXOperator("Concat", [("axis", .integer(dimension))])]
  }

  /// The gradient of each input is its part of the output's gradient.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    var parts = zip(inputs, needed).map { input, isNeeded in
      isNeeded ? Tensor(uninitialized: input.shape) : nil
    }
    outputGradient.withElements { joined in
      forEachRun(of: inputs, in: output.shape) { input, own, place in
        parts[input]?.withMutableElements { part in
          _ = part[own].update(fromContentsOf: joined[place])
        }
      }
    }
    return parts.map { part in part.map { .dense($0) } }
  }

  /// Calls `body` for each run of elements that is contiguous both in an input and in the result. Passes the index of
  /// the input and the run's positions in the input and in the result.
  private func forEachRun(
    of inputs: [Tensor], in result: Shape,
    _ body: (_ input: Int, _ own: Range<Int>, _ place: Range<Int>) -> Void
  ) {
    let outer = result.dimensions[..<dimension].reduce(1, *)
    guard outer > 0 else { return }
    let width = result.elementCount / outer
    var start = 0
    for (number, input) in inputs.enumerated() {
      let length = input.elementCount / outer
      for position in 0..<outer {
        let place = position * width + start
        body(number, position * length..<(position + 1) * length, place..<place + length)
      }
      start += length
    }
  }

  private func mismatch(_ first: Shape, _ other: Shape) -> TensorError {
    .shapes(
      first, other, in: name,
      remedy: "All lengths but that of dimension \(dimension) must be equal.")
  }
}

extension Tape {
  /// Returns the same elements, of any type, in another shape. Throws if the element counts differ.
  package func reshape(_ input: Variable, to shape: Shape) throws(TensorError) -> Variable {
    let reshape = Rearrangement(name: "reshape") { (tensor) throws(TensorError) in
      try tensor.reshaped(to: shape)
    } operators: { input, output in
      // If input and output have the same first dimension, it is kept (0 in ONNX), so that batches may have any size.
      let isBatch = output.shape.rank > 1 && input.shape[0] == output.shape[0]
      let lengths = isBatch ? [0] + output.shape.dimensions.dropFirst() : output.shape.dimensions
      return [ONNXOperator("Reshape", constants: [.lengths(lengths)])]
    } back: { (gradient, input) throws(TensorError) in
      try gradient.reshaped(to: input.shape)
    }
    return try apply(reshape, to: input)
  }

  /// Concatenates `inputs` along `dimension`, counted from the outermost or, if negative, from the end. Throws if their
  /// shapes differ in another dimension. Traps without inputs.
  package func concatenate(
    _ inputs: [Variable], along dimension: Int
  ) throws(TensorError) -> Variable {
    precondition(!inputs.isEmpty, "nothing to join")
    let rank = inputs[0].shape.rank
    let position = dimension < 0 ? dimension + rank : dimension
    precondition((0..<rank).contains(position), "no dimension \(dimension) in \(inputs[0].shape)")
    return try apply(Concatenation(dimension: position), to: inputs)
  }
}
