import Interactions
import Learning
import TensorCore

/// Effects of the set of items that a user rated, regardless of the values, or of the users who rated an item. They
/// shift the prior mean of a row, in addition to its dependence on the number of ratings, by
///
///     sum over the n others that it has ratings with of e_j / sqrt(n)
///
/// with an effect e_j of each row j of the other side (like the implicit feedback of SVD++, Koren, "Factorization Meets
/// the Neighborhood", 2008, section 4.2, on both sides). With the precision P of the rows, the prior of an effect is
/// normal around zero with precision `precision x P`, and that of `precision` is gamma(1, 1). Effects are drawn as in
/// Simm et al., "Macau", 2015, section 2.1, but one at a time.
///
/// `@unchecked Sendable`: threads write concurrently, but each to rows of its own, and all finish before anyone reads.
final class SetEffects: @unchecked Sendable {
  /// The other rows that each row of the side has ratings with, and vice versa.
  private let lists: RatingLists
  private let owners: RatingLists
  /// The effects, one row per row of the other side.
  private let effects: FactorMatrix
  /// The sum of effects for each row of the side.
  let shifts: FactorMatrix
  /// The side's rows minus the shifts, and the noise of the next effects.
  private let rest: FactorMatrix
  private let noise: FactorMatrix
  /// 1 / sqrt(n) for each row of the side.
  private let scales: [Float]
  private var precision = 1.0

  /// Creates zero effects on rows of `order` numbers.
  init(_ lists: RatingLists, owners: RatingLists, order: Int) {
    self.lists = lists
    self.owners = owners
    effects = FactorMatrix(rows: owners.rowCount, factors: order)
    noise = FactorMatrix(rows: owners.rowCount, factors: order)
    shifts = FactorMatrix(rows: lists.rowCount, factors: order)
    rest = FactorMatrix(rows: lists.rowCount, factors: order)
    scales = lists.inverseRoots()
  }

  /// The number of effects.
  var count: Int { effects.rowCount }

  /// Returns the rows minus their shifts.
  func withoutShifts(_ rows: FactorMatrix, in context: ComputeContext) -> FactorMatrix {
    context.forEachPart(of: rows.rowCount, grain: 1024) { [self] part in
      for row in part {
        let (to, own, shift) = (rest.row(row), rows.row(row), shifts.row(row))
        for vector in 0..<rest.vectorCount { to[vector] = own[vector] - shift[vector] }
      }
    }
    return rest
  }

  /// Returns the Gram matrix of the effects times their precision, which is their contribution to the posterior of P.
  /// As wide as rows.
  func weightedGram(in context: ComputeContext) -> [Float] {
    effects.gram(in: context).map { Float(precision) * $0 }
  }

  /// Draws the effects given the residual rows of ``withoutShifts(_:in:)`` and their `prior`; then the precision, and
  /// updates the shifts. O(ratings x factors + others x factors²).
  func draw(
    _ prior: FactorPrior, activity: [Float], root: [Float], stream: UInt64, seed: UInt64,
    _ random: inout RandomStream, in context: ComputeContext
  ) {
    let vectorCount = rest.vectorCount
    let slope = ScratchMemory<FactorMatrix.Vector>(vectorCount, zero: .zero)
    prior.slope.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(slope.elements).copyMemory(from: $0)
    }
    for row in 0..<rest.rowCount {
      let own = rest.row(row)
      for vector in 0..<vectorCount { own[vector].addProduct(slope.base[vector], -activity[row]) }
    }
    fillNoise(root, stream: stream, seed: seed, in: context)
    for other in 0..<effects.rowCount { draw(other) }
    let gram = effects.gram(in: context)
    let product = prior.product(with: gram)
    let shape = 1 + Double(effects.rowCount * effects.factorCount) / 2
    precision = min(max(random.nextGamma(shape: shape) / (1 + product / 2), 1e-3), 1e6)
    sumUp(in: context)
  }

  /// Fills the noise with samples of the covariance whose transposed root is `root`.
  private func fillNoise(
    _ root: [Float], stream: UInt64, seed: UInt64, in context: ComputeContext
  ) {
    _ = context.mapChunks(of: noise.rowCount, size: 256) { [self] rows in
      let normals = ScratchMemory<Float>(noise.factorCount, zero: 0)
      root.withUnsafeBytes { root in
        for row in rows {
          var random = RandomStream(seed: seed, stream: stream | UInt64(row))
          random.fillNormal(normals.elements)
          let to = noise.row(row)
          to.update(repeating: .zero, count: noise.vectorCount)
          for place in 0..<noise.factorCount {
            for vector in 0..<noise.vectorCount {
              to[vector].addProduct(
                root.loadUnaligned(
                  fromByteOffset: 64 * (place * noise.vectorCount + vector),
                  as: FactorMatrix.Vector.self), normals.base[place])
            }
          }
        }
      }
    }
  }

  /// Draws one effect given the others, and subtracts the change from the residual rows.
  private func draw(_ other: Int) {
    let vectorCount = rest.vectorCount
    let (effect, next) = (effects.row(other), noise.row(other))
    let positions = owners.positions(of: other)
    var squares: Float = 0
    for position in positions {
      let scale = scales[Int(owners.others[position])]
      squares += scale * scale
    }
    let inverse = 1 / (squares + Float(precision))
    let deviation = inverse.squareRoot()
    for vector in 0..<vectorCount {
      var sum = effect[vector] * squares
      for position in positions {
        let row = Int(owners.others[position])
        sum.addProduct(rest.row(row)[vector], scales[row])
      }
      next[vector] = sum * inverse + next[vector] * deviation
    }
    for vector in 0..<vectorCount {
      let change = next[vector] - effect[vector]
      effect[vector] = next[vector]
      for position in positions {
        let row = Int(owners.others[position])
        rest.row(row)[vector].addProduct(change, -scales[row])
      }
    }
  }

  /// Updates the shift of each row.
  private func sumUp(in context: ComputeContext) {
    _ = context.mapChunks(of: lists.rowCount, size: 64) { [self] rows in
      for row in rows {
        let to = shifts.row(row)
        to.update(repeating: .zero, count: shifts.vectorCount)
        for position in lists.positions(of: row) {
          let effect = effects.row(Int(lists.others[position]))
          for vector in 0..<shifts.vectorCount {
            to[vector].addProduct(effect[vector], scales[row])
          }
        }
      }
    }
  }

  func state() -> SavedState {
    var state = SavedState()
    effects.add(to: &state, "effects")
    state.texts["precision"] = "\(precision.bitPattern)"
    return state
  }

  func restore(_ state: SavedState, in context: ComputeContext) throws(TrainingError) {
    try effects.restore(state, "effects")
    precision = Double(bitPattern: try state.value("precision"))
    sumUp(in: context)
  }
}
