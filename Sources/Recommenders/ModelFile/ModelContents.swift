package import ModelRegistry
package import Ratings

/// What a trainer learned: the tables of one form of model.
package protocol ModelTables: Sendable {
  /// The form that they are of.
  static var form: RecommenderForm { get }
  /// By what items are to be ranked.
  var ranking: Ranking { get }
  /// Where predictions are mapped into; nil leaves them as they are.
  var outputRange: OutputRange? { get }
  /// What of them stands in the file's metadata.
  var metadata: [String: String] { get }
  /// The number of users that they have rows for.
  var userCount: Int { get }
  /// The number of items that they have rows for.
  var itemCount: Int { get }
  /// What of them stands in the file, beside `catalogue`.
  func tensors(with catalogue: ModelCatalogueContents) -> [OutgoingTensor]
  /// All that the file of a model that was learned so is to hold; see ``ModelFileContents``. Tables that come with a
  /// catalogue and bounds of their own leave those out that they are given.
  func contents(
    kind: String, catalogue: ModelCatalogueContents, transform: ValueTransform,
    ratingBounds: ClosedRange<Float>?
  ) -> any ModelContents
}

extension ModelTables {
  package var metadata: [String: String] { [:] }

  /// What the metadata of a file say that holds a model of a kind, learned so of ratings within `ratingBounds` that were
  /// taken to what `transform` says.
  func metadata(
    kind: String, transform: ValueTransform, ratingBounds: ClosedRange<Float>?
  ) -> [String: String] {
    var metadata = self.metadata
    metadata[ModelFormat.versionKey] = String(ModelFormat.version)
    metadata[ModelFormat.formKey] = Self.form.name
    metadata[ModelFormat.kindKey] = kind
    metadata[ModelFormat.rankingKey] = ranking.rawValue
    if let outputRange {
      metadata[ModelFormat.rangeLowerKey] = String(outputRange.lower)
      metadata[ModelFormat.rangeUpperKey] = String(outputRange.upper)
    }
    if transform != .none { metadata[ModelFormat.transformKey] = transform.rawValue }
    if let ratingBounds, ranking.predictsRatings {
      metadata[ModelFormat.boundsLowerKey] = String(ratingBounds.lowerBound)
      metadata[ModelFormat.boundsUpperKey] = String(ratingBounds.upperBound)
    }
    return metadata
  }

  package func contents(
    kind: String, catalogue: ModelCatalogueContents, transform: ValueTransform = .none,
    ratingBounds: ClosedRange<Float>? = nil
  ) -> any ModelContents {
    var contents = ModelFileContents(kind: kind, catalogue: catalogue, tables: self)
    contents.transform = transform
    contents.ratingBounds = ratingBounds
    return contents
  }
}

/// All that a model file holds, in memory: what a trainer hands over to be written.
package protocol ModelContents: EncodableModel {
  /// The bytes that ``write(to:)`` would write.
  func encoded() throws(ModelFileError) -> [UInt8]
  /// How the model was learned.
  var kind: String { get }
}

extension ModelContents {
  /// The model, opened from those bytes without a file.
  package func opened() throws(ModelFileError) -> any ScoredModel {
    try RecommenderForm.open(SafetensorsFile(MappedFile(copying: try encoded(), named: kind)))
  }
}

/// The contents of a model of ratings: the tables of its form, and its catalogue.
package struct ModelFileContents<Tables: ModelTables>: ModelContents {
  /// How the model was learned: `dot-bias`, `popularity` ...
  package var kind: String
  /// What every model has.
  package var catalogue: ModelCatalogueContents
  /// What was learned.
  package var tables: Tables
  /// What ratings were taken to before it was learned.
  package var transform = ValueTransform.none
  /// The lowest and the highest rating that it was learned from; predictions are brought within them.
  package var ratingBounds: ClosedRange<Float>?

  /// The contents of a model. Traps unless the tables have a row for each user and item.
  package init(kind: String, catalogue: ModelCatalogueContents, tables: Tables) {
    precondition(
      tables.userCount == catalogue.users.count && tables.itemCount == catalogue.items.count,
      "\(catalogue.users.count) users in \(tables.userCount) rows, "
        + "\(catalogue.items.count) items in \(tables.itemCount)")
    self.kind = kind
    self.catalogue = catalogue
    self.tables = tables
  }

  /// The same from the parts of a catalogue, see ``ModelCatalogueContents``.
  package init(
    kind: String, users: IdentifierColumn, items: IdentifierColumn, tables: Tables,
    itemRatingCounts: [UInt32], ratedOffsets: [UInt64], ratedItems: [UInt32], titles: [String?]
  ) {
    self.init(
      kind: kind,
      catalogue: ModelCatalogueContents(
        users: users, items: items, itemRatingCounts: itemRatingCounts,
        ratedOffsets: ratedOffsets, ratedItems: ratedItems, titles: titles), tables: tables)
  }

  @discardableResult
  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    try SafetensorsWriter.write(
      tables.tensors(with: catalogue) + catalogue.tensors, metadata: metadata,
      aligned: Tables.form.alignedTensor,
      to: path)
  }

  package func encoded() throws(ModelFileError) -> [UInt8] {
    try SafetensorsWriter.encode(
      tables.tensors(with: catalogue) + catalogue.tensors, metadata: metadata,
      aligned: Tables.form.alignedTensor)
  }

  private var metadata: [String: String] {
    tables.metadata(kind: kind, transform: transform, ratingBounds: ratingBounds)
  }
}
