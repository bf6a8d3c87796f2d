package import TensorCore

/// A lookup table of rows: the product of one-hot vectors and a matrix, computed without the vectors.
///
/// Initialised with `fmod(normal, 2) * 0.01` (fastai's `Embedding`): the tails wrap around instead of being cut, and
/// the standard deviation is 0.00866. Its rows are subject to weight decay like any weight.
package final class Embedding: Module {
  /// The table: `[rows, row length]`.
  package let weight: Parameter

  /// Creates a table of `rowCount` rows of `length` values, initialised from `random`.
  package convenience init(rowCount: Int, length: Int, random: inout RandomStream) {
    self.init(weight: Self.start([rowCount, length], random: &random))
  }

  /// Creates an embedding from the given table. Traps unless it is a matrix.
  package init(weight: Tensor) {
    precondition(weight.shape.rank == 2, "an embedding of shape \(weight.shape)")
    self.weight = Parameter(weight)
  }

  package var ownParameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }

  /// Returns the rows with the indices `rows`, as `[rows.count, row length]`. Throws if an index is out of range.
  package func callAsFunction(
    _ rows: [UInt32], in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.gather(rows, from: pass.variable(weight))
  }

  /// Returns initial values for a table.
  package static func start(_ shape: Shape, random: inout RandomStream) -> Tensor {
    Tensor(shape) { fillStart($0, random: &random) }
  }

  /// Fills `numbers` with initial values for a table.
  package static func fillStart(
    _ numbers: UnsafeMutableBufferPointer<Float>, random: inout RandomStream
  ) {
    random.fillNormal(numbers)
    for position in numbers.indices {
      // fmod(x, 2) for |x| < 6.
      let sample = numbers[position]
      let whole = (sample * 0.5).rounded(.towardZero)
      numbers[position] = (sample - 2 * whole) * 0.01
    }
  }
}
