package import ModelFiles
import Ratings
import TensorCore

extension FactorModelContents {
  /// Writes the model file to `path`: streamed, flushed to the disk, read-only, and there only once
  /// it is complete. The same contents give the same file, bit for bit. Answers its digest.
  @discardableResult
  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    try SafetensorsWriter.write(
      tensors, metadata: metadata, aligned: "item_factors", to: path)
  }

  /// The bytes that ``write(to:)`` would write.
  package func encoded() throws(ModelFileError) -> [UInt8] {
    try SafetensorsWriter.encode(tensors, metadata: metadata, aligned: "item_factors")
  }

  private var metadata: [String: String] {
    var metadata = [
      FactorModelFormat.versionKey: String(FactorModelFormat.version),
      FactorModelFormat.formKey: FactorModelFormat.form,
      FactorModelFormat.kindKey: kind,
      FactorModelFormat.rankingKey: tables.ranking.rawValue,
    ]
    if let range = tables.outputRange {
      metadata[FactorModelFormat.rangeLowerKey] = String(range.lower)
      metadata[FactorModelFormat.rangeUpperKey] = String(range.upper)
    }
    return metadata
  }

  private var tensors: [OutgoingTensor] {
    [
      OutgoingTensor("item_factors", [items.count, tables.factorCount], tables.itemFactors),
      OutgoingTensor("user_factors", [users.count, tables.factorCount], tables.userFactors),
      OutgoingTensor("item_biases", tables.itemBiases),
      OutgoingTensor("user_biases", tables.userBiases),
      OutgoingTensor("global_mean", [tables.globalMean]),
      OutgoingTensor("item_rating_counts", itemRatingCounts),
      OutgoingTensor("rated_offsets", ratedOffsets),
      OutgoingTensor("rated_items", ratedItems),
    ] + identifierTensors(users, .users) + identifierTensors(items, .items)
      + textTensors(titleColumn, bytes: "title_bytes", ends: "title_ends")
  }

  private func identifierTensors(
    _ column: IdentifierColumn, _ names: IdentifierTensorNames
  ) -> [OutgoingTensor] {
    switch column {
    case .integers(let integers): [OutgoingTensor(names.integers, integers)]
    case .texts(let texts): textTensors(texts, bytes: names.bytes, ends: names.ends)
    }
  }

  private func textTensors(_ texts: TextColumn, bytes: String, ends: String) -> [OutgoingTensor] {
    [
      OutgoingTensor(bytes, texts.bytes),
      OutgoingTensor(ends, texts.ends.map { UInt64($0) }),
    ]
  }

  private var titleColumn: TextColumn {
    var column = TextColumn()
    for title in titles { column.append(title ?? "") }
    return column
  }
}
