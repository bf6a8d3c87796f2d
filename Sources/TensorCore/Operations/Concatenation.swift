import Errors

/// Tensors joined along a dimension.
struct Concatenation: Operation {
  let name = "concatenation"
  let dimension: Int

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: inputs.count)
    let first = inputs[0].shape
    var lengths = first.dimensions
    for input in inputs.dropFirst() {
      var others = input.shape.dimensions
      guard others.count == lengths.count else { throw unfit(first, input.shape) }
      lengths[dimension] += others[dimension]
      others[dimension] = lengths[dimension]
      guard others == lengths else { throw unfit(first, input.shape) }
    }
    let result = Shape(lengths)
    // The elements of `dimension` and all inside it, for one position of those outside it.
    let outer = lengths[..<dimension].reduce(1, *)
    let width = outer == 0 ? 0 : result.elementCount / outer
    return Tensor(result) { to in
      var start = 0
      for input in inputs {
        let own = outer == 0 ? 0 : input.elementCount / outer
        input.withElements { from in
          for position in 0..<outer {
            _ = to[(position * width + start)...]
              .update(fromContentsOf: from[position * own..<(position + 1) * own])
          }
        }
        start += own
      }
    }
  }

  /// For each input its part of the output's gradient.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    var gradients: [Gradient?] = []
    var start = 0
    for (input, isNeeded) in zip(inputs, needed) {
      let part = Slice(dimension, start..<start + input.shape[dimension])
      gradients.append(isNeeded ? .dense(try outputGradient.sliced([part])) : nil)
      start += input.shape[dimension]
    }
    return gradients
  }

  private func unfit(_ first: Shape, _ other: Shape) -> TensorError {
    .shapes(
      first, other, in: name,
      remedy: "All lengths but that of dimension \(dimension) must be equal.")
  }
}

extension Tape {
  /// `inputs` joined along `dimension` (from the outermost, or from behind when negative), in order.
  /// Throws when their shapes differ in another dimension. Traps without any.
  package func concatenate(
    _ inputs: [Variable], along dimension: Int
  ) throws(TensorError) -> Variable {
    precondition(!inputs.isEmpty, "nothing to join")
    return try apply(
      Concatenation(dimension: inputs[0].shape.position(of: dimension)), to: inputs)
  }
}
