import ExplainedErrors
package import ModelFiles
package import Ratings

/// A factor model as it answers: the tables of ``FactorTables`` in a mapped file, with the ids, the
/// titles and the known ratings that answers need.
///
/// Opening reads the header alone; the time it takes does not depend on the model's size. What the
/// file holds is not trusted: whatever stands in it, no look-up goes outside its table. That the
/// contents make sense is checked when a model is published, and by ``verifyContents()``.
package final class FactorModel: Sendable {
  /// How the tables were learned: `dot-bias`, `popularity` ...
  package let kind: String
  /// By what items are to be ranked.
  package let ranking: Ranking
  /// Where predictions are squeezed into; nil leaves them as they are.
  package let outputRange: OutputRange?
  /// Added to every score.
  package let globalMean: Float
  /// The length of a row of factors.
  package let factorCount: Int
  /// The ids of the users, by ``UserIndex``.
  package let users: IdentifierTable<UserEntity>
  /// The ids of the items, by ``ItemIndex``.
  package let items: IdentifierTable<ItemEntity>
  /// The size of the file in bytes: what the model takes of the page cache at most.
  package let byteCount: Int
  /// The path the model was opened by.
  package let path: String

  let userFactors: ModelColumn<Float>
  let itemFactors: ModelColumn<Float>
  let userBiases: ModelColumn<Float>
  let itemBiases: ModelColumn<Float>
  let itemRatingCounts: ModelColumn<UInt32>
  let ratedOffsets: ModelColumn<UInt64>
  let ratedItems: ModelColumn<UInt32>
  let titles: StoredTexts

  /// The number of users.
  package var userCount: Int { userBiases.count }

  /// The number of items.
  package var itemCount: Int { itemBiases.count }

  /// The number of ratings that are known, over all users.
  package var knownRatingCount: Int { ratedItems.count }

  /// Opens the model file at `path` by mapping it.
  ///
  /// Throws ``ModelFileError`` when it can't be opened, is no safetensors file, no factor model, a
  /// newer Latent's, or lacks a tensor of the right type and shape.
  package static func open(_ path: String) throws(ModelFileError) -> FactorModel {
    try FactorModel(SafetensorsFile(path))
  }

  /// Takes the model out of a file that is open; throws as ``open(_:)`` does.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    let header = try FactorModelHeader(file)
    let reader = TensorReader(file: file)
    kind = header.kind
    ranking = header.ranking
    outputRange = header.outputRange
    path = file.path
    byteCount = file.byteCount

    let itemDimensions = try reader.dimensions(of: "item_factors", rank: 2)
    let userCount = try reader.dimensions(of: "user_biases", rank: 1)[0]
    let itemCount = itemDimensions[0]
    factorCount = itemDimensions[1]
    guard max(userCount, itemCount) < FactorModelFormat.rowLimit else {
      throw ModelFileError(
        .wrongTensor,
        "it has \(userCount) users and \(itemCount) items, and "
          + "\(FactorModelFormat.rowLimit - 1) of each is the most",
        place: file.path, remedy: "Split the users over several models.")
    }
    itemFactors = try reader.column("item_factors", itemDimensions)
    userFactors = try reader.column("user_factors", [userCount, factorCount])
    itemBiases = try reader.column("item_biases", [itemCount])
    userBiases = try reader.column("user_biases", [userCount])
    globalMean = try reader.column("global_mean", [1])[0]
    itemRatingCounts = try reader.column("item_rating_counts", [itemCount])
    ratedOffsets = try reader.column("rated_offsets", [userCount + 1])
    ratedItems = try reader.column("rated_items", try reader.dimensions(of: "rated_items", rank: 1))
    titles = try reader.texts(bytes: "title_bytes", ends: "title_ends", count: itemCount)
    users = try reader.identifiers(.users, count: userCount)
    items = try reader.identifiers(.items, count: itemCount)
  }
}
