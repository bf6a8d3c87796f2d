import Recommenders

/// The rows of all users, followed by those of all items. Each row is stored next to its optimiser state, so that a
/// step finds everything about a row in adjacent cache lines.
///
/// **Memory layout:** a row is four runs of `width` vectors of eight numbers: the values p, the last direction u, the
/// means m and the squares v (see ``DeferredAdamW``). In each run, the first two numbers are for the bias, followed by
/// the factors, then zeros. In a user row, the first is the bias and the second is opposite an item's bias; in an item
/// row it is the other way round. In a row ready for scoring, the number opposite a bias is 1, so that the score is the
/// inner product of two rows. Without biases both numbers stay 0.
///
/// `@unchecked Sendable`: written by one thread at a time, except in the loops of ``DotBiasBatch``, in which several
/// threads each write rows of their own.
final class FactorRows: @unchecked Sendable {
  typealias Vector = SIMD8<Float>

  let userCount: Int
  let itemCount: Int
  let factorCount: Int
  /// Whether biases are learned.
  let hasBiases: Bool
  /// The number of vectors in a run.
  let width: Int
  /// The last step of each row.
  let states: ScratchMemory<State>
  /// The rows, `4 * width` vectors each.
  let vectors: ScratchMemory<Vector>

  /// The state of a row's last step.
  struct State {
    /// The step in which the row last moved; 0 before the first.
    var step: Int32 = 0
    /// The row's place in the batch of that step.
    var place: Int32 = 0
  }

  /// Creates rows from the given tables. Without biases, those must be 0.
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

  /// Restarts after `step` from the given tables, of the same shape, as if no row had ever moved.
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

  /// The number of users and items together.
  var rowCount: Int { userCount + itemCount }

  /// Returns the mask that clears the number opposite the bias in a row's first vector. Also clears the bias if there
  /// are none.
  @inline(__always)
  func mask(isUser: Bool) -> Vector {
    var mask = Vector(repeating: 1)
    mask[isUser ? 1 : 0] = 0
    if !hasBiases { mask[isUser ? 0 : 1] = 0 }
    return mask
  }

  /// Returns the vector that makes a masked row ready for scoring when added to it.
  @inline(__always)
  func opposite(isUser: Bool) -> Vector {
    var opposite = Vector.zero
    if hasBiases { opposite[isUser ? 1 : 0] = 1 }
    return opposite
  }
}
