package import TensorCore

/// A table of which each use looks up some rows: the product of one-hot vectors with a matrix,
/// computed without them.
///
/// Starts from `fmod(normal, 2) * 0.01` (fastai's `Embedding`): the tails wrap around rather than
/// being cut, and the standard deviation is 0.00866. Its rows are decayed like any weight.
package final class Embedding: Module {
  /// The table: `[rows, row length]`.
  package let weight: Parameter

  /// A table of `rowCount` rows of `length` numbers from the next of `random`'s.
  package convenience init(rowCount: Int, length: Int, random: inout RandomStream) {
    self.init(weight: Self.start([rowCount, length], random: &random))
  }

  /// The given table. Traps unless it is a matrix.
  package init(weight: Tensor) {
    precondition(weight.shape.rank == 2, "an embedding of shape \(weight.shape)")
    self.weight = Parameter(weight)
  }

  package var ownParameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }

  /// The rows that `rows` names: `[rows.count, row length]`. Throws when an index is beyond the
  /// table.
  package func callAsFunction(
    _ rows: [UInt32], in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.gather(rows, from: pass.variable(weight))
  }

  /// Numbers to start a table from.
  package static func start(_ shape: Shape, random: inout RandomStream) -> Tensor {
    Tensor(shape) { fillStart($0, random: &random) }
  }

  /// Fills `numbers` with numbers to start a table from.
  package static func fillStart(
    _ numbers: UnsafeMutableBufferPointer<Float>, random: inout RandomStream
  ) {
    random.fillNormal(numbers)
    for position in numbers.indices {
      // fmod(x, 2) of a number below 6 in size.
      let sample = numbers[position]
      let whole = (sample * 0.5).rounded(.towardZero)
      numbers[position] = (sample - 2 * whole) * 0.01
    }
  }
}
