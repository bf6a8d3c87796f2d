/// A linear layer prepared for multiplying many vectors: transposed and zero-padded so that 32 outputs are computed
/// side by side. The products of each vector are summed input by input, so that a result is bit-identical whatever is
/// computed beside it.
struct DenseLayer: Sendable {
  /// The number of outputs computed side by side.
  static let blockSize = 32

  let inputCount: Int
  let outputCount: Int
  /// The number of outputs, padded with zeros to whole blocks.
  let paddedCount: Int
  /// inputCount x paddedCount.
  private let weights: [Float]
  /// paddedCount.
  private let biases: [Float]

  /// Creates a layer. `weight` returns the weight from an input to an output, and `bias` the bias of an output.
  init(
    inputCount: Int, outputCount: Int, weight: (_ output: Int, _ input: Int) -> Float,
    bias: (_ output: Int) -> Float = { _ in 0 }
  ) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    let padded = Self.paddedCount(outputCount)
    paddedCount = padded
    var weights = [Float](repeating: 0, count: inputCount * padded)
    var biases = [Float](repeating: 0, count: padded)
    for output in 0..<outputCount {
      for input in 0..<inputCount { weights[input * padded + output] = weight(output, input) }
      biases[output] = bias(output)
    }
    self.weights = weights
    self.biases = biases
  }

  /// Returns the number of outputs, padded to whole blocks.
  static func paddedCount(_ outputCount: Int) -> Int {
    (outputCount + blockSize - 1) / blockSize * blockSize
  }

  /// Writes the outputs for `count` input vectors that are `stride` numbers apart; `paddedCount` numbers each.
  func multiply(
    _ inputs: UnsafePointer<Float>, stride: Int, count: Int, to outputs: UnsafeMutablePointer<Float>
  ) {
    weights.withUnsafeBufferPointer { weights in
      biases.withUnsafeBufferPointer { biases in
        guard let biases = biases.baseAddress else { return }
        // Without inputs there are no weights, and none are read.
        let weights = weights.baseAddress ?? biases
        for block in Swift.stride(from: 0, to: paddedCount, by: Self.blockSize) {
          var row = 0
          while row + 2 <= count {
            multiplyPair(
              inputs + row * stride, inputs + (row + 1) * stride, weights + block, biases + block,
              to: outputs + row * paddedCount + block)
            row += 2
          }
          if row < count {
            // Pair the last vector with itself: it costs no more and takes the same path.
            let last = inputs + row * stride
            withUnsafeTemporaryAllocation(of: Float.self, capacity: paddedCount * 2) { spare in
              guard let spare = spare.baseAddress else { return }
              multiplyPair(last, last, weights + block, biases + block, to: spare)
              (outputs + row * paddedCount + block).update(from: spare, count: Self.blockSize)
            }
          }
        }
      }
    }
  }

  /// Computes 32 outputs of two vectors. Those of the second are `paddedCount` after those of the first.
  @inline(__always)
  private func multiplyPair(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ biases: UnsafePointer<Float>,
    to outputs: UnsafeMutablePointer<Float>
  ) {
    var (a0, a1, a2, a3) = (
      vector(biases, 0), vector(biases, 8), vector(biases, 16), vector(biases, 24)
    )
    var (b0, b1, b2, b3) = (a0, a1, a2, a3)
    var column = weights
    for input in 0..<inputCount {
      let (w0, w1) = (vector(column, 0), vector(column, 8))
      let (w2, w3) = (vector(column, 16), vector(column, 24))
      let x = SIMD8<Float>(repeating: first[input])
      let y = SIMD8<Float>(repeating: second[input])
      a0.addProduct(w0, x)
      a1.addProduct(w1, x)
      a2.addProduct(w2, x)
      a3.addProduct(w3, x)
      b0.addProduct(w0, y)
      b1.addProduct(w1, y)
      b2.addProduct(w2, y)
      b3.addProduct(w3, y)
      column += paddedCount
    }
    store(a0, outputs, 0)
    store(a1, outputs, 8)
    store(a2, outputs, 16)
    store(a3, outputs, 24)
    store(b0, outputs, paddedCount)
    store(b1, outputs, paddedCount + 8)
    store(b2, outputs, paddedCount + 16)
    store(b3, outputs, paddedCount + 24)
  }
}

@inline(__always)
private func vector(_ numbers: UnsafePointer<Float>, _ position: Int) -> SIMD8<Float> {
  UnsafeRawPointer(numbers + position).loadUnaligned(as: SIMD8<Float>.self)
}

@inline(__always)
private func store(
  _ vector: SIMD8<Float>, _ numbers: UnsafeMutablePointer<Float>, _ position: Int
) {
  UnsafeMutableRawPointer(numbers + position).storeBytes(of: vector, as: SIMD8<Float>.self)
}
