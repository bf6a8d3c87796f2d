import Learning
import TensorCore

/// How far the rows of one side of a `bayes` training lie from what is expected of them, and the noise in
/// their ratings, summed up over the samples.
///
/// What is not known of a row x, given the other side, makes its scores vary around their mean with the
/// variance `vᵀ A⁻¹ v` over rows v of the other side. A row that is drawn lies from its mean m by a vector of
/// the covariance A⁻¹, so that `((x - m) . v)²` has that mean. It is taken over rows of the other side as
/// ratings have them; the variance of a score is about that of its user's row and that of its item's.
///
/// `@unchecked Sendable`: several threads write to it at a time, each to rows of its own, and all are done
/// before anybody reads them.
final class RowSpread: @unchecked Sendable {
  /// The rows of the other side that a sample is taken at.
  private static let referenceCount = 32

  /// With 1 in place of the bias.
  private let references: FactorMatrix
  private let rowCount: Int
  private let variances: ScratchMemory<Float>
  private let noises: ScratchMemory<Float>

  /// Of so many rows of so many numbers each; nothing is summed up.
  init(rows: Int, order: Int) {
    references = FactorMatrix(rows: Self.referenceCount, factors: order)
    rowCount = rows
    variances = ScratchMemory(rows, zero: 0)
    noises = ScratchMemory(rows, zero: 0)
  }

  /// Forgets all samples.
  func reset() {
    variances.elements.update(repeating: 0)
    noises.elements.update(repeating: 0)
  }

  /// Takes rows of the other side, those of ratings that are spread evenly over all of `lists`, others in
  /// each sweep.
  func takeReferences(_ others: FactorMatrix, of lists: RatingLists, sweep: Int) {
    let count = lists.others.count
    for number in 0..<Self.referenceCount {
      let position = (number * count / Self.referenceCount + sweep * 7919) % count
      let row = references.row(number)
      row.update(from: others.row(Int(lists.others[position])), count: references.vectorCount)
      row[0][0] = 1
    }
  }

  /// Adds a sample of a row, which was expected to be `mean`.
  @inline(__always)
  func add(
    _ row: Int, _ sample: UnsafePointer<FactorMatrix.Vector>,
    mean: UnsafePointer<FactorMatrix.Vector>
  ) {
    var sum: Float = 0
    for number in 0..<Self.referenceCount {
      let reference = references.row(number)
      var product = FactorMatrix.Vector.zero
      for vector in 0..<references.vectorCount {
        product.addProduct(sample[vector] - mean[vector], reference[vector])
      }
      let miss = product.total
      sum += miss * miss
    }
    variances.base[row] += sum / Float(Self.referenceCount)
  }

  /// Adds the noise of a row whose ratings have the given precision.
  @inline(__always)
  func addNoise(_ row: Int, precision: Float) { noises.base[row] += 1 / precision }

  /// For each row the mean variance of its scores, and that of its part of the noise, times the given units.
  func means(count: Int, unit: Double, noiseUnit: Double) -> [Float] {
    let count = Double(max(1, count))
    return (0..<rowCount).flatMap { row in
      [
        Float(Double(variances.base[row]) * unit / count),
        Float(Double(noises.base[row]) * noiseUnit / count),
      ]
    }
  }

  func state() -> SavedState {
    var state = SavedState()
    state.add("variances", Tensor([rowCount], Array(variances.elements.prefix(rowCount))))
    state.add("noises", Tensor([rowCount], Array(noises.elements.prefix(rowCount))))
    return state
  }

  func restore(_ state: SavedState) throws(TrainingError) {
    for (name, memory) in [("variances", variances), ("noises", noises)] {
      _ = memory.elements.update(fromContentsOf: try state.tensor(name, [rowCount]).elements())
    }
  }
}
