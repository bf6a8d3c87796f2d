import Errors

/// The greatest or least element along a dimension.
struct Extremum: Operation {
  let name: String
  /// Counted from the outermost.
  let dimension: Int
  let isMaximum: Bool
  /// For each element of the result its position along the dimension.
  private var positions: [UInt32] = []

  init(_ dimension: Int, isMaximum: Bool) {
    name = isMaximum ? "maximum" : "minimum"
    self.dimension = dimension
    self.isMaximum = isMaximum
  }

  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let (output, positions) = try inputs[0].extremum(
      along: dimension, isMaximum: isMaximum, operation: name)
    self.positions = positions
    return output
  }

  /// The output's gradient where the element stood, and 0 elsewhere.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) -> [Gradient?] {
    let layout = DimensionLayout(inputs[0].shape, dimension)
    let gradient = Tensor(inputs[0].shape) { to in
      to.initialize(repeating: 0)
      outputGradient.withElements { from in
        for (result, position) in positions.enumerated() {
          to[layout.position(ofResult: result, at: Int(position))] = from[result]
        }
      }
    }
    return [.dense(gradient)]
  }
}

/// A shape as three numbers: the positions outside a dimension, along it, and inside it.
struct DimensionLayout {
  let outer: Int
  let length: Int
  let inner: Int

  init(_ shape: Shape, _ dimension: Int) {
    outer = shape.dimensions[..<dimension].reduce(1, *)
    length = shape[dimension]
    inner = shape.dimensions[(dimension + 1)...].reduce(1, *)
  }

  /// Where the element that stands at `place` along the dimension is, for an element of the shape
  /// without it.
  @inline(__always)
  func position(ofResult result: Int, at place: Int) -> Int {
    (result / inner * length + place) * inner + result % inner
  }
}

extension Tensor {
  /// The position along `dimension` (from the outermost, or from behind when negative) of the
  /// greatest element, as `int64`, in the shape without it: of the first of equals, or of the first
  /// NaN. Throws when there is nothing along it. No gradient leads through it.
  package func argumentOfMaximum(along dimension: Int) throws(TensorError) -> Tensor {
    guard elementType == .float32 else {
      throw TensorError(
        .elementTypeMismatch, "elements of type \(elementType.rawValue)",
        place: "argument of maximum", remedy: "It computes in \(ElementType.float32.rawValue).")
    }
    let (values, positions) = try extremum(
      along: shape.position(of: dimension), isMaximum: true, operation: "argument of maximum")
    return Tensor(values.shape, positions.map(Int64.init))
  }

  /// The first of the greatest or least elements along a dimension, or the first NaN, and where each
  /// stands along it.
  func extremum(
    along dimension: Int, isMaximum: Bool, operation: String
  ) throws(TensorError) -> (values: Tensor, positions: [UInt32]) {
    let layout = DimensionLayout(shape, dimension)
    var lengths = shape.dimensions
    lengths.remove(at: dimension)
    let result = Shape(lengths)
    guard layout.length > 0 || result.elementCount == 0 else {
      throw TensorError(
        .shapeMismatch, "nothing along dimension \(dimension) of the shape \(shape)",
        place: operation, remedy: "Its length must be 1 or more.")
    }
    let sign: Float = isMaximum ? 1 : -1
    var positions = [UInt32](repeating: 0, count: result.elementCount)
    let values = Tensor(result) { values in
      withElements { elements in
        positions.withUnsafeMutableBufferPointer { positions in
          for outer in 0..<layout.outer {
            let own = UnsafeBufferPointer(
              rebasing: elements[
                outer * layout.length * layout.inner..<(outer + 1) * layout.length * layout.inner])
            let start = outer * layout.inner
            if layout.inner == 1 {
              let position = own.firstGreatest(sign: sign)
              positions[start] = UInt32(position)
              values[start] = own[position]
              continue
            }
            for inner in 0..<layout.inner { values[start + inner] = own[inner] }
            for place in 1..<max(layout.length, 1) {
              let first = place * layout.inner
              for inner in 0..<layout.inner {
                let candidate = own[first + inner]
                let best = values[start + inner]
                // Not reached from NaN, and reached by the first NaN.
                let isBetter = candidate * sign > best * sign || (candidate.isNaN && !best.isNaN)
                values[start + inner] = isBetter ? candidate : best
                positions[start + inner] = isBetter ? UInt32(place) : positions[start + inner]
              }
            }
          }
        }
      }
    }
    return (values, positions)
  }
}

extension UnsafeBufferPointer<Float> {
  /// The greatest of all elements times `sign`; NaN when one is. Traps without any.
  func greatest(sign: Float) -> Float {
    var best = SIMD8<Float>(repeating: self[0] * sign)
    var isUnordered = best .!= best
    var start = 0
    while start + 8 <= count {
      let next = vector(at: start) * sign
      best = best.replacing(with: next, where: next .> best)
      isUnordered .|= next .!= next
      start += 8
    }
    var result = best.max()
    for position in start..<count {
      let next = self[position] * sign
      if next.isNaN { return next }
      result = Swift.max(result, next)
    }
    return any(isUnordered) ? .nan : result
  }

  /// Where the first of the greatest elements times `sign` is, or the first NaN.
  func firstGreatest(sign: Float) -> Int {
    let greatest = greatest(sign: sign)
    if greatest.isNaN { return firstIndex(where: \.isNaN) ?? 0 }
    return firstIndex { $0 * sign == greatest } ?? 0
  }
}

extension Tape {
  /// The greatest element along `dimension` (from the outermost, or from behind when negative), which
  /// the result lacks; NaN where there is one. The gradient goes to the first of equals. Throws when
  /// there is nothing along it.
  package func maximum(
    _ input: Variable, over dimension: Int
  ) throws(TensorError) -> Variable {
    try apply(Extremum(input.shape.position(of: dimension), isMaximum: true), to: input)
  }

  /// The least element along `dimension`, as for ``maximum(_:over:)``.
  package func minimum(
    _ input: Variable, over dimension: Int
  ) throws(TensorError) -> Variable {
    try apply(Extremum(input.shape.position(of: dimension), isMaximum: false), to: input)
  }
}
