import Errors

/// Which positions along a dimension are taken: those of a range, every `step`-th from its start.
package struct Slice: Sendable {
  /// From the outermost, or from behind when negative.
  package let dimension: Int
  package let range: Range<Int>
  package let step: Int

  /// Traps unless `step` is 1 or more.
  package init(_ dimension: Int, _ range: Range<Int>, step: Int = 1) {
    precondition(step >= 1, "every \(step)-th position")
    self.dimension = dimension
    self.range = range
    self.step = step
  }

  /// The number of positions.
  var count: Int { (range.count + step - 1) / step }
}

/// The part of a tensor that ranges along some dimensions cut out.
struct Slicing: Operation {
  let name = "slice"
  let slices: [Slice]

  /// The part's shape, and how it lies in a tensor of `shape`.
  private func part(of shape: Shape) throws(TensorError) -> (shape: Shape, runs: StridedRuns) {
    var lengths = shape.dimensions
    var strides = shape.rowMajorStrides
    var start = 0
    for slice in slices {
      let position = shape.position(of: slice.dimension)
      guard slice.range.lowerBound >= 0, slice.range.upperBound <= shape[position] else {
        throw TensorError(
          .indexOutOfRange,
          "positions \(slice.range) along dimension \(position) of the shape \(shape)",
          place: name, remedy: "They must lie within 0..<\(shape[position]).")
      }
      start += slice.range.lowerBound * strides[position]
      lengths[position] = slice.count
      strides[position] *= slice.step
    }
    let part = Shape(lengths)
    return (part, StridedRuns(part, strides: strides, start: start))
  }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    return try cut(inputs[0])
  }

  func cut(_ tensor: Tensor) throws(TensorError) -> Tensor {
    let (shape, runs) = try part(of: tensor.shape)
    return tensor.copied(shape, runs)
  }

  /// The output's gradient where it was cut out, and 0 elsewhere.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let (_, runs) = try part(of: inputs[0].shape)
    let gradient = Tensor(inputs[0].shape) { to in
      to.initialize(repeating: 0)
      outputGradient.withElements { from in
        runs.forEachRun { rowMajor, other, length, stride in
          for step in 0..<length { to[other + step * stride] = from[rowMajor + step] }
        }
      }
    }
    return [.dense(gradient)]
  }
}

extension Tensor {
  /// The part that `slices` cut out, of any type of element; all of a dimension that none is along.
  /// Throws when a range is not within its dimension. Traps when two are along one dimension.
  package func sliced(_ slices: [Slice]) throws(TensorError) -> Tensor {
    try Slicing(slices: slices.distinct(in: shape)).cut(self)
  }
}

extension Tape {
  /// The part of `input` that `slices` cut out; all of a dimension that none is along. Throws when a
  /// range is not within its dimension. Traps when two are along one dimension.
  package func slice(_ input: Variable, _ slices: Slice...) throws(TensorError) -> Variable {
    try apply(Slicing(slices: slices.distinct(in: input.shape)), to: input)
  }
}

extension [Slice] {
  /// Itself; traps when two are along one dimension.
  fileprivate func distinct(in shape: Shape) -> [Slice] {
    precondition(
      Set(map { shape.position(of: $0.dimension) }).count == count,
      "two slices along one dimension of \(shape)")
    return self
  }
}
