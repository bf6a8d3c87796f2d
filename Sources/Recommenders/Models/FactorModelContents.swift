package import ModelRegistry
package import Ratings
import TensorCore

/// All that the file of a factor model holds, in memory.
package struct FactorModelContents: ModelContents {
  package var kind: String
  package var catalogue: ModelCatalogueContents
  package var tables: FactorTables

  /// The contents of a model. Traps unless there is a bias for each user and item.
  package init(kind: String, catalogue: ModelCatalogueContents, tables: FactorTables) {
    precondition(
      tables.userBiases.count == catalogue.users.count
        && tables.itemBiases.count == catalogue.items.count,
      "\(catalogue.users.count) users, \(tables.userBiases.count) biases; "
        + "\(catalogue.items.count) items, \(tables.itemBiases.count) biases")
    self.kind = kind
    self.catalogue = catalogue
    self.tables = tables
  }

  /// The same from the parts of a catalogue, see ``ModelCatalogueContents``.
  package init(
    kind: String, users: IdentifierColumn, items: IdentifierColumn, tables: FactorTables,
    itemRatingCounts: [UInt32], ratedOffsets: [UInt64], ratedItems: [UInt32], titles: [String?]
  ) {
    self.init(
      kind: kind,
      catalogue: ModelCatalogueContents(
        users: users, items: items, itemRatingCounts: itemRatingCounts,
        ratedOffsets: ratedOffsets, ratedItems: ratedItems, titles: titles), tables: tables)
  }

  package var metadata: [String: String] {
    metadata(.factors, tables.ranking, tables.outputRange)
  }

  package var learnedTensors: [OutgoingTensor] {
    let (users, items) = (tables.userBiases.count, tables.itemBiases.count)
    return [
      OutgoingTensor("item_factors", [items, tables.factorCount], tables.itemFactors),
      OutgoingTensor("user_factors", [users, tables.factorCount], tables.userFactors),
      OutgoingTensor("item_biases", tables.itemBiases),
      OutgoingTensor("user_biases", tables.userBiases),
      OutgoingTensor("global_mean", [tables.globalMean]),
    ]
  }

  package var alignedTensor: String { RecommenderForm.factors.alignedTensor }
}
