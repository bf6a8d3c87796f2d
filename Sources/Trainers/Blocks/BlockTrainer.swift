import Recommenders

/// A trainer whose models can be learned in blocks: see ``BlockSession``.
package protocol BlockTrainer: Trainer {
  /// What a `model` frame calls it.
  static var blockNumber: UInt64 { get }

  /// What of a model stands in no row, as a `model` frame's numbers say, of rows of `width` numbers. Throws `badContents`
  /// where they are not such numbers.
  func summary(of numbers: [Double], width: Int) throws(BlockError) -> BlockSummary
}

extension BlockTrainer {
  /// What it was learned for by ``BlockSession``, in `folder`. Throws as ``AssembledModel/init(in:of:)`` does.
  package func assembled(in folder: String) throws(BlockError) -> AssembledModel {
    try AssembledModel(in: folder, of: self)
  }
}

extension TrainerRegistry {
  /// The trainers whose models can be learned in blocks.
  package static let ofBlocks: [any BlockTrainer.Type] = all.compactMap {
    $0 as? any BlockTrainer.Type
  }
}

/// What of a model stands in no row of its own, and what the numbers of rows are to be multiplied by.
package struct BlockSummary: Sendable {
  /// Without users and items.
  let tables: FactorTables
  /// That of factors.
  var factorUnit: Float = 1
  /// That of the bias before them; nil where there is none.
  var biasUnit: Double?
  /// The lowest and the highest rating that was learned from; nil where they don't matter.
  var ratingBounds: ClosedRange<Float>?
}
