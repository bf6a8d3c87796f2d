import Recommenders

/// The rows of all users, then those of all items, each with its optimiser state side by side in
/// memory, so that a step that touches a row finds everything in neighbouring cache lines.
///
/// **Memory order:** a row is four runs of `width` vectors of eight numbers: the values p, the last
/// direction u, the means m and the squares v (see ``DeferredAdamW``). In each run, the first two
/// numbers are for the bias, then come the factors, then zeros. Of a user's two, the first is the
/// bias and the second stands opposite an item's bias; of an item's it is the other way round. In a
/// row that is ready for scoring the number opposite a bias is 1, so that the score is the plain
/// inner product of two rows; without biases both numbers are 0, and stay so.
///
/// `@unchecked Sendable`: written by one thread at a time, but for the loops of ``DotBiasBatch`` that
/// several threads share, in which each writes to rows of its own.
final class FactorRows: @unchecked Sendable {
  typealias Vector = SIMD8<Float>

  let userCount: Int
  let itemCount: Int
  let factorCount: Int
  /// Whether biases are learned.
  let hasBiases: Bool
  /// The vectors of a run.
  let width: Int
  /// For each row: when it was last moved.
  let states: ScratchMemory<State>
  /// The rows, `4 * width` vectors each.
  let vectors: ScratchMemory<Vector>

  /// What is kept of a row's last step.
  struct State {
    /// The row's last step; 0 before the first.
    var step: Int32 = 0
    /// The row's place in the batch of that step.
    var place: Int32 = 0
  }

  /// Rows that start from the given tables; without biases those must be 0.
  init(_ tables: FactorTables, hasBiases: Bool) {
    self.hasBiases = hasBiases
    userCount = tables.userBiases.count
    itemCount = tables.itemBiases.count
    factorCount = tables.factorCount
    width = (factorCount + 2 + 7) / 8
    states = ScratchMemory(userCount + itemCount, zero: State())
    vectors = ScratchMemory((userCount + itemCount) * 4 * width, zero: .zero)
    reset(tables, after: 0)
  }

  /// Begins anew from the given tables, of the same shape: as if, after `step`, no row had ever been
  /// moved.
  func reset(_ tables: FactorTables, after step: Int) {
    vectors.elements.update(repeating: .zero)
    states.elements.update(repeating: State(step: Int32(truncatingIfNeeded: step)))
    let numbers = UnsafeMutableRawBufferPointer(vectors.elements).bindMemory(to: Float.self)
    for row in 0..<rowCount {
      let isUser = row < userCount
      let position = isUser ? row : row - userCount
      let start = row * 4 * width * 8
      numbers[start + (isUser ? 0 : 1)] =
        isUser ? tables.userBiases[position] : tables.itemBiases[position]
      let factors = isUser ? tables.userFactors : tables.itemFactors
      for factor in 0..<factorCount {
        numbers[start + 2 + factor] = factors[position * factorCount + factor]
      }
    }
  }

  /// Users and items together.
  var rowCount: Int { userCount + itemCount }

  /// What the first vector of a row is multiplied by so that nothing stands opposite a bias ...
  @inline(__always)
  func mask(isUser: Bool) -> Vector {
    var mask = Vector(repeating: 1)
    mask[isUser ? 1 : 0] = 0
    if !hasBiases { mask[isUser ? 0 : 1] = 0 }
    return mask
  }

  /// ... and what is added to it to make the row ready for scoring.
  @inline(__always)
  func opposite(isUser: Bool) -> Vector {
    var opposite = Vector.zero
    if hasBiases { opposite[isUser ? 1 : 0] = 1 }
    return opposite
  }
}
