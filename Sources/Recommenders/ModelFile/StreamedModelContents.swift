package import ModelRegistry
package import Ratings
import TensorCore

/// The users of a model, streamed to its file column by column, so that they need not be in memory.
package struct StreamedUsers: Sendable {
  /// Appends the elements of a column.
  package typealias Writing = @Sendable (inout ElementStream) throws(ModelFileError) -> Void

  /// The ids in ascending order: 64-bit integers, or texts as two columns of bytes and ends.
  package enum Identifiers: Sendable {
    case integers(Writing)
    case texts(byteCount: Int, bytes: Writing, ends: Writing)
  }

  /// The number of users.
  package let count: Int
  private let identifiers: Identifiers
  private let ratedCount: Int
  private let ratedOffsets: Writing
  private let ratedItems: Writing

  /// Creates `count` users who have rated `ratedCount` items in total. `ratedOffsets` writes the start of each user's
  /// items plus the total, in 64 bits; `ratedItems` writes the rows of these items, ascending for each user, in 32
  /// bits.
  package init(
    count: Int, _ identifiers: Identifiers, ratedCount: Int, ratedOffsets: @escaping Writing,
    ratedItems: @escaping Writing
  ) {
    self.count = count
    self.identifiers = identifiers
    self.ratedCount = ratedCount
    self.ratedOffsets = ratedOffsets
    self.ratedItems = ratedItems
  }

  fileprivate var ratedTensors: [OutgoingTensor] {
    [
      OutgoingTensor("rated_offsets", .uint64, [count + 1], writeElements: ratedOffsets),
      OutgoingTensor("rated_items", .uint32, [ratedCount], writeElements: ratedItems),
    ]
  }

  fileprivate var identifierTensors: [OutgoingTensor] {
    let names = IdentifierTensors.users
    switch identifiers {
    case .integers(let write):
      return [OutgoingTensor(names.integers, .int64, [count], writeElements: write)]
    case .texts(let byteCount, let bytes, let ends):
      return [
        OutgoingTensor(names.bytes, .uint8, [byteCount], writeElements: bytes),
        OutgoingTensor(names.ends, .uint64, [count], writeElements: ends),
      ]
    }
  }
}

/// The contents of a model of ratings with streamed users and, optionally, streamed table columns. Writes the same
/// file, byte for byte, as ``ModelFileContents`` with the same numbers.
package struct StreamedModelContents: ModelContents {
  package let kind: String
  private let tables: any ModelTables
  private let catalogue: ModelCatalogueContents
  private let users: StreamedUsers
  private let metadata: [String: String]

  /// Creates contents from tables with a row for each of `users` and each item of `catalogue`. The users in
  /// `catalogue` are ignored; see ``ModelFileContents``.
  package init(
    kind: String, tables: any ModelTables, catalogue: ModelCatalogueContents, users: StreamedUsers,
    transform: ValueTransform, ratingBounds: ClosedRange<Float>?
  ) {
    precondition(
      tables.userCount == users.count && tables.itemCount == catalogue.items.count,
      "\(users.count) users in \(tables.userCount) rows, "
        + "\(catalogue.items.count) items in \(tables.itemCount)")
    self.kind = kind
    self.tables = tables
    self.catalogue = catalogue
    self.users = users
    metadata = tables.metadata(kind: kind, transform: transform, ratingBounds: ratingBounds)
  }

  private var tensors: [OutgoingTensor] {
    tables.tensors(with: catalogue)
      + catalogue.tensors(rated: users.ratedTensors, users: users.identifierTensors)
  }

  @discardableResult
  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    try SafetensorsWriter.write(
      tensors, metadata: metadata, aligned: type(of: tables).form.alignedTensor, to: path)
  }

  package func encoded() throws(ModelFileError) -> [UInt8] {
    try SafetensorsWriter.encode(
      tensors, metadata: metadata, aligned: type(of: tables).form.alignedTensor)
  }
}
