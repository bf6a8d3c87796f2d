/// The memory and the loops of one step of ``DeferredDotBias``.
///
/// A batch's distinct rows are numbered in the order in which they come: their places. A use is one
/// side of a rating: use j the user's of the rating j, use size + j the item's.
///
/// `@unchecked Sendable`: several threads work on one batch only within `catchUp`, `score` and `move`,
/// each on places or ratings of its own, and each of them writes nothing but what belongs to those.
final class DotBiasBatch: @unchecked Sendable {
  typealias Vector = FactorRows.Vector

  /// The ratings of the batch.
  let size: Int
  /// The distinct rows of the current batch.
  var placeCount = 0
  let width: Int
  let placeCapacity: Int
  /// By place: the row, and the step in which it was last moved.
  let placeRows: ScratchMemory<Int32>
  let lastSteps: ScratchMemory<Int32>
  /// By place: the last of its uses, from which `previousUses` leads through the others to -1.
  let lastUses: ScratchMemory<Int32>
  /// By place: the logarithms, later the factors, of what the row missed; each in whole vectors.
  let drifts: ScratchMemory<Vector>
  let decays: ScratchMemory<Vector>
  let beta1Powers: ScratchMemory<Vector>
  let beta2Powers: ScratchMemory<Vector>
  let tails: ScratchMemory<Vector>
  /// By place: the row's values, up to date and ready for scoring.
  let values: ScratchMemory<Vector>
  /// By use: the row.
  let useRows: ScratchMemory<Int32>
  /// By use: the use of the same row before it, or -1; and the place of the other side.
  let previousUses: ScratchMemory<Int32>
  let partners: ScratchMemory<Int32>
  /// By rating, in whole vectors: the true value, and the score, later the loss's derivative by it.
  let targets: ScratchMemory<Vector>
  let scores: ScratchMemory<Vector>

  init(size: Int, _ rows: FactorRows) {
    self.size = size
    width = rows.width
    placeCapacity = min(size, rows.userCount) + min(size, rows.itemCount)
    let placeVectors = (placeCapacity + 7) / 8
    placeRows = ScratchMemory(placeCapacity, zero: 0)
    lastSteps = ScratchMemory(placeCapacity, zero: 0)
    lastUses = ScratchMemory(placeCapacity, zero: 0)
    drifts = ScratchMemory(placeVectors, zero: .zero)
    decays = ScratchMemory(placeVectors, zero: .zero)
    beta1Powers = ScratchMemory(placeVectors, zero: .zero)
    beta2Powers = ScratchMemory(placeVectors, zero: .zero)
    tails = ScratchMemory(placeVectors, zero: .zero)
    values = ScratchMemory(placeCapacity * rows.width, zero: .zero)
    useRows = ScratchMemory(2 * size, zero: 0)
    previousUses = ScratchMemory(2 * size, zero: 0)
    partners = ScratchMemory(2 * size, zero: 0)
    targets = ScratchMemory((size + 7) / 8, zero: .zero)
    scores = ScratchMemory((size + 7) / 8, zero: .zero)
  }
}
