import Crypto
import Errors
import Foundation
package import ModelRegistry
package import Ratings
package import Recommenders
import TensorCore

/// A model trained in blocks and assembled from the files of its parts. Its rows stay in those files, which are
/// memory-mapped and written from directly.
///
/// A folder holds `model.frames`, a `model` frame, and `users.frames` and `items.frames`, which are sequences of `part`
/// frames ordered by id: see ARCHITECTURE.md, "Blocks". Only the ids, titles and attributes of items are held in
/// memory, and nothing of users.
package struct AssembledModel: ModelTables {
  package static var form: RecommenderForm { FactorModel.form }

  /// The number of ratings that the model was trained on.
  package let ratingCount: Int
  package let userCount: Int
  package let itemCount: Int
  /// The fingerprint of the model, 64 hexadecimal digits: a hash of the digests of the three files' frames.
  package let fingerprint: String
  private let summary: BlockSummary
  private let users: FactorParts
  private let items: FactorParts
  private let itemIdentifiers: IdentifierColumn
  /// Titles and attributes of items.
  private var described: [ItemID: Item] = [:]

  /// Opens the model in `folder`, trained for `trainer`.
  ///
  /// Throws ``BlockError`` if a file cannot be read, is damaged, or does not belong to such a model.
  package init<Kind: BlockTrainer>(in folder: String, of trainer: Kind) throws(BlockError) {
    let place = folder + "/model.frames"
    let frame = try BlockFrame(ofFile: place)
    guard frame.kind == .model else {
      throw .bad(.badFrame, "it holds a frame of kind \(frame.kind), not a model", place: place)
    }
    var fields = BlockFields(frame)
    guard fields.bits(0) == Kind.blockNumber else {
      let name = TrainerRegistry.ofBlocks.first { $0.blockNumber == fields.bits(0) }?.name
      throw .bad(
        .badContents, "it was trained by \(name ?? "another trainer"), not by \(Kind.name)",
        place: place,
        remedy: name.map { "Assemble it as \($0)." } ?? "Use the version of latent that wrote it.")
    }
    let width = try fields.factorCount(1)
    userCount = try fields.rowCount(2)
    itemCount = try fields.rowCount(3)
    ratingCount = try fields.count(4, "ratings", in: 0...Int.max)
    let numberCount = try fields.count(5, "numbers", in: 0...2 * BlockFields.factorLimit)
    let numbers = try fields.numbers(numberCount, "summary", of: Double.self)
    try fields.end()
    summary = try trainer.summary(of: numbers, width: width)
    let itemsFile = folder + "/items.frames"
    users = try FactorParts(
      file: folder + "/users.frames", ofItems: false, count: userCount, width: width)
    items = try FactorParts(file: itemsFile, ofItems: true, count: itemCount, width: width)
    itemIdentifiers = try items.identifiers(file: itemsFile)
    var hash = SHA256()
    for digest in [frame.digest ?? []] + users.digests + items.digests { hash.update(data: digest) }
    fingerprint = hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  /// Returns the model with titles and attributes of items.
  package func describing(_ items: [ItemID: Item]) -> AssembledModel {
    var model = self
    model.described = items
    return model
  }

  package var ranking: Ranking { summary.tables.ranking }
  package var outputRange: OutputRange? { summary.tables.outputRange }
  package var metadata: [String: String] { summary.tables.metadata }

  package func tensors(with catalogue: ModelCatalogueContents) -> [OutgoingTensor] {
    let streamed = [
      factors(of: items, "item_factors"), factors(of: users, "user_factors"),
      biases(of: items, "item_biases"), biases(of: users, "user_biases"),
    ]
    let names = Set(streamed.map(\.name))
    return streamed + summary.tables.tensors(with: catalogue).filter { !names.contains($0.name) }
  }

  private func factors(of side: FactorParts, _ name: String) -> OutgoingTensor {
    let (first, count) = (summary.biasUnit == nil ? 0 : 1, summary.tables.factorCount)
    let unit = summary.factorUnit
    return OutgoingTensor(name, .float32, [side.count, count]) { (stream) throws(ModelFileError) in
      try side.writeNumbers(at: first..<first + count, times: unit, to: &stream)
    }
  }

  private func biases(of side: FactorParts, _ name: String) -> OutgoingTensor {
    let unit = summary.biasUnit
    return OutgoingTensor(name, .float32, [side.count]) { (stream) throws(ModelFileError) in
      if let unit {
        try side.writeBiases(times: unit, to: &stream)
      } else {
        try side.writeZeros(to: &stream)
      }
    }
  }

  /// Returns contents with the model's own catalogue and bounds. The given ones belong to the ratings for evaluation.
  package func contents(
    kind: String, catalogue: ModelCatalogueContents, transform: ValueTransform,
    ratingBounds: ClosedRange<Float>?
  ) -> any ModelContents {
    let known = (0..<itemCount).map { described[itemIdentifiers.identifier(at: $0)] }
    let attributes = known.map { $0?.attributes ?? [] }
    return StreamedModelContents(
      kind: kind, tables: self,
      catalogue: ModelCatalogueContents(
        users: IdentifierColumn(type: users.type), items: itemIdentifiers,
        itemRatingCounts: items.ratingCounts, ratedOffsets: [0], ratedItems: [],
        titles: known.map { $0?.title }, attributes: attributes),
      users: users.users, transform: transform, ratingBounds: summary.ratingBounds)
  }
}
