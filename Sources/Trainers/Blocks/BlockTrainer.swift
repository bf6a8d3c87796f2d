import Recommenders

/// A trainer whose models can be trained in blocks: see ``BlockSession``.
package protocol BlockTrainer: Trainer {
  /// The number that identifies the trainer in a `model` frame.
  static var blockNumber: UInt64 { get }

  /// Returns the properties of a model other than its rows, from the numbers of a `model` frame, for rows of `width`
  /// numbers. Throws `badContents` if the numbers are invalid.
  func summary(of numbers: [Double], width: Int) throws(BlockError) -> BlockSummary
}

extension BlockTrainer {
  /// Opens the model in `folder` that was trained in blocks with this trainer. Throws as
  /// ``AssembledModel/init(in:of:)`` does.
  package func assembled(in folder: String) throws(BlockError) -> AssembledModel {
    try AssembledModel(in: folder, of: self)
  }
}

extension TrainerRegistry {
  /// The trainers whose models can be trained in blocks.
  package static let ofBlocks: [any BlockTrainer.Type] = all.compactMap {
    $0 as? any BlockTrainer.Type
  }
}

/// The properties of a model other than its rows, and the units by which row numbers are multiplied.
package struct BlockSummary: Sendable {
  /// The tables, without users and items.
  let tables: FactorTables
  /// The unit of factors.
  var factorUnit: Float = 1
  /// The unit of the bias before them; nil if there is none.
  var biasUnit: Double?
  /// The lowest and highest training rating; nil if irrelevant.
  var ratingBounds: ClosedRange<Float>?
}
