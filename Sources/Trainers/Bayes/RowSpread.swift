import Learning
import TensorCore

/// The posterior variance of one side's rows in a `bayes` training, and the noise of their ratings, accumulated over
/// samples.
///
/// Given the other side, uncertainty about a row x makes its score with a row v of the other side vary with variance
/// `vᵀ A⁻¹ v`. A drawn row deviates from its mean m with covariance A⁻¹, so `((x - m) . v)²` is an unbiased estimate of
/// that variance. It is averaged over rows of the other side, in proportion to their ratings. The variance of a score
/// is approximately the user row's plus the item row's.
///
/// `@unchecked Sendable`: threads write concurrently, but each to rows of its own, and all finish before anyone reads.
final class RowSpread: @unchecked Sendable {
  /// The number of rows of the other side at which a sample is evaluated.
  private static let referenceCount = 32

  /// The reference rows, with 1 in place of the bias.
  private let references: FactorMatrix
  private let rowCount: Int
  private let variances: ScratchMemory<Float>
  private let noises: ScratchMemory<Float>

  /// Creates empty sums for `rows` rows of `order` numbers.
  init(rows: Int, order: Int) {
    references = FactorMatrix(rows: Self.referenceCount, factors: order)
    rowCount = rows
    variances = ScratchMemory(rows, zero: 0)
    noises = ScratchMemory(rows, zero: 0)
  }

  /// Discards all samples.
  func reset() {
    variances.elements.update(repeating: 0)
    noises.elements.update(repeating: 0)
  }

  /// Selects reference rows of the other side: those of ratings evenly spaced over all of `lists`, different ones in
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

  /// Adds a sample of a row with the conditional mean `mean`.
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

  /// Returns for each row the mean variance of its scores and its part of the noise, in the given units.
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
