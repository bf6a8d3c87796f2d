import Recommenders

extension ALSTrainer: BlockTrainer {
  package static let blockNumber: UInt64 = 1

  /// Reads the mean and the deviation of ratings, the root of the users' activities, the lowest and the highest rating,
  /// and the sums of the users' slope, which are all zero if there are none.
  package func summary(of numbers: [Double], width: Int) throws(BlockError) -> BlockSummary {
    guard width == options.factorCount + 1 else {
      throw .otherFactors(width - 1, asked: options.factorCount)
    }
    guard numbers.count == 5 + FactorMatrix.vectorCount(width) * 16 + 1, numbers[1] >= 0,
      numbers[2] >= 0, numbers[3] <= numbers[4],
      numbers[3...4].allSatisfy({ Float($0).isFinite })
    else { throw .badSummary(Self.name) }
    let scaling = ALSNumbers(RatingScaling(mean: numbers[0], deviation: numbers[1]), options)
    return BlockSummary(
      tables: scaling.tables(slope: ALSPrior.slope(of: Array(numbers[5...])), root: numbers[2]),
      factorUnit: scaling.factorUnit, biasUnit: scaling.biasUnit,
      ratingBounds: Float(numbers[3])...Float(numbers[4]))
  }
}
