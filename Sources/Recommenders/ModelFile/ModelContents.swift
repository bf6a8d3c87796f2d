package import ModelRegistry
package import Ratings

/// The tables of one form of model, as learned in training.
package protocol ModelTables: Sendable {
  /// The form of the tables.
  static var form: RecommenderForm { get }
  /// What items are ranked by.
  var ranking: Ranking { get }
  /// The range into which predictions are mapped; nil leaves them unchanged.
  var outputRange: OutputRange? { get }
  /// The form-specific entries of the file's metadata.
  var metadata: [String: String] { get }
  /// The number of users, one row each.
  var userCount: Int { get }
  /// The number of items, one row each.
  var itemCount: Int { get }
  /// Returns the tensors of the tables for a file with `catalogue`.
  func tensors(with catalogue: ModelCatalogueContents) -> [OutgoingTensor]
  /// Returns the full contents of the model's file; see ``ModelFileContents``. Tables that have a catalogue and
  /// bounds of their own ignore those passed here.
  func contents(
    kind: String, catalogue: ModelCatalogueContents, transform: ValueTransform,
    ratingBounds: ClosedRange<Float>?
  ) -> any ModelContents
}

extension ModelTables {
  package var metadata: [String: String] { [:] }

  /// Returns the metadata of the file of a model of this kind, trained on ratings within `ratingBounds` after
  /// applying `transform`.
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

/// The contents of a model file in memory, as a trainer passes them to be written.
package protocol ModelContents: EncodableModel {
  /// Returns the bytes that ``write(to:)`` would write.
  func encoded() throws(ModelFileError) -> [UInt8]
  /// The learning method.
  var kind: String { get }
}

extension ModelContents {
  /// Opens the model from those bytes without a file.
  package func opened() throws(ModelFileError) -> any ScoredModel {
    try RecommenderForm.open(SafetensorsFile(MappedFile(copying: try encoded(), named: kind)))
  }
}

/// The contents of the file of a model of ratings: the tables of its form, and its catalogue.
package struct ModelFileContents<Tables: ModelTables>: ModelContents {
  /// The learning method: `dot-bias`, `popularity` ...
  package var kind: String
  /// The part common to all models.
  package var catalogue: ModelCatalogueContents
  /// The learned tables.
  package var tables: Tables
  /// The transform applied to ratings before training.
  package var transform = ValueTransform.none
  /// The lowest and the highest rating in the training data, to which predictions are clamped.
  package var ratingBounds: ClosedRange<Float>?

  /// Creates the contents of a model. Traps unless the tables have a row for each user and item.
  package init(kind: String, catalogue: ModelCatalogueContents, tables: Tables) {
    precondition(
      tables.userCount == catalogue.users.count && tables.itemCount == catalogue.items.count,
      "\(catalogue.users.count) users in \(tables.userCount) rows, "
        + "\(catalogue.items.count) items in \(tables.itemCount)")
    self.kind = kind
    self.catalogue = catalogue
    self.tables = tables
  }

  /// Creates the contents from the parts of a catalogue, see ``ModelCatalogueContents``.
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
