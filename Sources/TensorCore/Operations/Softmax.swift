import Foundation

/// Softmax along the last dimension: e^x over the sum of all e^x.
struct Softmax: Operation {
  let name = "softmax"

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let input = inputs[0]
    let length = input.shape[-1]
    return Tensor(input.shape) { output in
      input.withElements { input in
        for start in stride(from: 0, to: input.count, by: max(length, 1)) {
          let row = start..<start + length
          LogitRow(UnsafeBufferPointer(rebasing: input[row]))
            .writeSoftmax(to: UnsafeMutableBufferPointer(rebasing: output[row]))
        }
      }
    }
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    [ONNXOperator("Softmax", [("axis", .integer(-1))])]
  }

  /// With y the output and g its gradient, the gradient is y (g - sum of g y).
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let sums = Shape(output.shape.dimensions.dropLast() + [1])
    let products = try Tensor.combined(outputGradient, output, operation: name, *)
    let differences = try Tensor.combined(
      outputGradient, products.summed(to: sums), operation: name, -)
    return [.dense(try .combined(output, differences, operation: name, *))]
  }
}

/// A row of at least one logit. All sums are of e^(x - maximum), which can't overflow.
struct LogitRow {
  let elements: UnsafeBufferPointer<Float>
  let greatest: Float

  init(_ elements: UnsafeBufferPointer<Float>) {
    self.elements = elements
    greatest = elements.greatest
  }

  /// ln of the sum of e^(x - maximum): the difference between the log-sum-exp and the maximum.
  var logarithmOfScaledSum: Float {
    var lanes = SIMD8<Float>.zero
    var start = 0
    while start + 8 <= elements.count {
      lanes += (elements.vector(at: start) - greatest).exponential
      start += 8
    }
    return log(lanes.sum() + rest(from: start).sum())
  }

  /// Writes the softmax of the row.
  func writeSoftmax(to output: UnsafeMutableBufferPointer<Float>) {
    var lanes = SIMD8<Float>.zero
    var start = 0
    while start + 8 <= elements.count {
      let powers = (elements.vector(at: start) - greatest).exponential
      UnsafeMutableRawPointer(output.baseAddress.unsafelyUnwrapped + start)
        .storeBytes(of: powers, as: SIMD8<Float>.self)
      lanes += powers
      start += 8
    }
    let last = rest(from: start)
    for lane in 0..<elements.count - start { output[start + lane] = last[lane] }
    let scale = 1 / (lanes.sum() + last.sum())
    for column in output.indices { output[column] *= scale }
  }

  /// Returns e^(x - maximum) of the last elements, fewer than eight, padded with zeros.
  private func rest(from start: Int) -> SIMD8<Float> {
    var last = SIMD8<Float>(repeating: -.infinity)
    for lane in 0..<elements.count - start { last[lane] = elements[start + lane] - greatest }
    return last.exponential
  }
}

extension UnsafeBufferPointer<Float> {
  /// Loads eight elements from `position`, without bounds checks.
  @inline(__always)
  fileprivate func vector(at position: Int) -> SIMD8<Float> {
    UnsafeRawPointer(baseAddress.unsafelyUnwrapped + position)
      .loadUnaligned(as: SIMD8<Float>.self)
  }

  /// The maximum of all elements; NaN if any is NaN. Traps if there are none.
  fileprivate var greatest: Float {
    var best = SIMD8<Float>(repeating: self[0])
    var isUnordered = best .!= best
    var start = 0
    while start + 8 <= count {
      let next = vector(at: start)
      best = best.replacing(with: next, where: next .> best)
      isUnordered .|= next .!= next
      start += 8
    }
    var result = best.max()
    for position in start..<count {
      if self[position].isNaN { return self[position] }
      result = Swift.max(result, self[position])
    }
    return any(isUnordered) ? .nan : result
  }
}

extension Tape {
  /// Returns the softmax along the last dimension, along which the results sum to 1.
  package func softmax(_ input: Variable) throws(TensorError) -> Variable {
    try apply(Softmax(), to: input)
  }
}
