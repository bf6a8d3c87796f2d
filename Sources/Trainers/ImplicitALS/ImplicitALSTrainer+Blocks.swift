import Recommenders

extension ImplicitALSTrainer: BlockTrainer {
  package static let blockNumber: UInt64 = 0

  /// Reads alpha and the regularisation, as answered to `weights`.
  package func summary(of numbers: [Double], width: Int) throws(BlockError) -> BlockSummary {
    guard width == options.factorCount else {
      throw .otherFactors(width, asked: options.factorCount)
    }
    guard numbers.count == 2, numbers.allSatisfy({ $0 >= 0 }) else { throw .badSummary(Self.name) }
    let weighting = ImplicitWeighting(
      alpha: numbers[0], regularization: numbers[1], options.confidence)
    return BlockSummary(tables: weighting.tables(factors: options.factorCount))
  }
}
