import Foundation

/// What becomes of the elements along the last dimension, taken as exponents.
struct ExponentialShares: Operation {
  /// Which of the family.
  enum Kind: String {
    /// Each one's share of the sum of exponentials.
    case softmax
    /// The logarithms of those shares.
    case logSoftmax = "log-softmax"
    /// The logarithm of the sum; the result lacks the dimension.
    case logSumExp = "log-sum-exp"
  }

  let kind: Kind
  var name: String { kind.rawValue }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let input = inputs[0]
    let length = input.shape[-1]
    let rows = length == 0 ? 0 : input.elementCount / length
    if kind == .logSumExp {
      return Tensor(Shape(input.shape.dimensions.dropLast())) { output in
        // The sum of nothing is 0.
        if length == 0 { output.initialize(repeating: -.infinity) }
        input.withElements { input in
          for row in 0..<rows {
            output[row] = ExponentRow(input, row, length).logarithmOfSum
          }
        }
      }
    }
    return Tensor(input.shape) { output in
      input.withElements { input in
        for row in 0..<rows {
          let exponents = ExponentRow(input, row, length)
          let target = UnsafeMutableBufferPointer(
            rebasing: output[row * length..<(row + 1) * length])
          if kind == .softmax {
            exponents.writeShares(to: target)
          } else {
            // The greatest goes first: beside it the sum's logarithm would lose its digits.
            let offset = exponents.logarithmOfScaledSum
            for column in 0..<length {
              target[column] = exponents.elements[column] - exponents.greatest - offset
            }
          }
        }
      }
    }
  }

  /// With y the output and g its gradient: y (g - sum of g y) for softmax, g - e^y (sum of g) for its
  /// logarithm, g e^(x - y) for the logarithm of the sum.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let shape = inputs[0].shape
    let kept = shape.keeping([shape.rank - 1])
    let gradient: Tensor
    switch kind {
    case .softmax:
      let products = try Tensor.combined(outputGradient, output, operation: name, *)
      let differences = try Tensor.combined(
        outputGradient, products.summed(to: kept), operation: name, -)
      gradient = try .combined(output, differences, operation: name, *)
    case .logSoftmax:
      let shares = output.mappedByVectors(\.exponential)
      let parts = try Tensor.combined(
        shares, outputGradient.summed(to: kept), operation: name, *)
      gradient = try .combined(outputGradient, parts, operation: name, -)
    case .logSumExp:
      let shares = try Tensor.combined(
        inputs[0], output.reshaped(to: kept), operation: name, -
      ).mappedByVectors(\.exponential)
      gradient = try .combined(
        shares, outputGradient.reshaped(to: kept), operation: name, *)
    }
    return [.dense(gradient)]
  }
}

/// A row of exponents, at least one. All sums are of e^(x - the greatest), which can't overflow.
struct ExponentRow {
  let elements: UnsafeBufferPointer<Float>
  let greatest: Float

  init(_ elements: UnsafeBufferPointer<Float>, _ row: Int, _ length: Int) {
    self.elements = UnsafeBufferPointer(rebasing: elements[row * length..<(row + 1) * length])
    greatest = self.elements.greatest(sign: 1)
  }

  /// ln of the sum of e^x.
  var logarithmOfSum: Float {
    // Infinity less itself is no number; the greatest of all, or the only kind there is, decides.
    greatest.isFinite ? greatest + logarithmOfScaledSum : greatest
  }

  /// ln of the sum of e^(x - the greatest): what ``logarithmOfSum`` is above the greatest.
  var logarithmOfScaledSum: Float {
    var lanes = SIMD8<Float>.zero
    var start = 0
    while start + 8 <= elements.count {
      lanes += (elements.vector(at: start) - greatest).exponential
      start += 8
    }
    return log(lanes.sum() + rest(from: start).sum())
  }

  /// Writes e^x over the sum of all of them for each x.
  func writeShares(to output: UnsafeMutableBufferPointer<Float>) {
    var lanes = SIMD8<Float>.zero
    var start = 0
    while start + 8 <= elements.count {
      let powers = (elements.vector(at: start) - greatest).exponential
      output.store(powers, at: start)
      lanes += powers
      start += 8
    }
    let last = rest(from: start)
    for lane in 0..<elements.count - start { output[start + lane] = last[lane] }
    let scale = 1 / (lanes.sum() + last.sum())
    for column in output.indices { output[column] *= scale }
  }

  /// The powers of the last elements, fewer than eight, and zeros.
  private func rest(from start: Int) -> SIMD8<Float> {
    var last = SIMD8<Float>(repeating: -.infinity)
    for lane in 0..<elements.count - start { last[lane] = elements[start + lane] - greatest }
    return last.exponential
  }
}

extension Tape {
  /// e^x over the sum of all e^x along `dimension`, from behind when negative. Sums to 1 along it.
  package func softmax(
    _ input: Variable, along dimension: Int = -1
  ) throws(TensorError) -> Variable {
    try share(.softmax, input, dimension)
  }

  /// The logarithm of ``softmax(_:along:)``, also where that is too small for a number.
  package func logSoftmax(
    _ input: Variable, along dimension: Int = -1
  ) throws(TensorError) -> Variable {
    try share(.logSoftmax, input, dimension)
  }

  /// The logarithm of the sum of all e^x along `dimension`, which the result lacks; -infinity where
  /// there is nothing.
  package func logSumExp(
    _ input: Variable, over dimension: Int = -1
  ) throws(TensorError) -> Variable {
    try share(.logSumExp, input, dimension)
  }

  /// Another dimension than the last is exchanged with it first, and back after.
  private func share(
    _ kind: ExponentialShares.Kind, _ input: Variable, _ dimension: Int
  ) throws(TensorError) -> Variable {
    let position = input.shape.position(of: dimension)
    let last = input.shape.rank - 1
    guard position != last else { return try apply(ExponentialShares(kind: kind), to: input) }
    var order = Array(0...last)
    order.remove(at: position)
    order.append(position)
    let moved = try apply(Permutation(order: order), to: input)
    let result = try apply(ExponentialShares(kind: kind), to: moved)
    guard kind != .logSumExp else { return result }
    var inverse = order
    for (to, from) in order.enumerated() { inverse[from] = to }
    return try apply(Permutation(order: inverse), to: result)
  }
}
