package import ModelRegistry

/// All that a model file holds, in memory: what a trainer hands over to be written.
package protocol ModelContents: EncodableModel {
  /// How the model was learned: `dot-bias`, `popularity` ...
  var kind: String { get }
  /// What every model has.
  var catalogue: ModelCatalogueContents { get }
  /// What the file says of itself.
  var metadata: [String: String] { get }
  /// What was learned.
  var learnedTensors: [OutgoingTensor] { get }
  /// The tensor that is read the most, which is to start on a multiple of 64 bytes.
  var alignedTensor: String { get }
}

extension ModelContents {
  /// Writes the model file to `path`: streamed, flushed to the disk, read-only, and there only once
  /// it is complete. The same contents give the same file, bit for bit. Answers its digest.
  @discardableResult
  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    try SafetensorsWriter.write(
      learnedTensors + catalogue.tensors, metadata: metadata, aligned: alignedTensor, to: path)
  }

  /// The bytes that ``write(to:)`` would write.
  package func encoded() throws(ModelFileError) -> [UInt8] {
    try SafetensorsWriter.encode(
      learnedTensors + catalogue.tensors, metadata: metadata, aligned: alignedTensor)
  }

  func metadata(
    _ form: RecommenderForm, _ ranking: Ranking, _ outputRange: OutputRange?
  ) -> [String: String] {
    var metadata = [
      ModelFormat.versionKey: String(ModelFormat.version),
      ModelFormat.formKey: form.rawValue,
      ModelFormat.kindKey: kind,
      ModelFormat.rankingKey: ranking.rawValue,
    ]
    if let outputRange {
      metadata[ModelFormat.rangeLowerKey] = String(outputRange.lower)
      metadata[ModelFormat.rangeUpperKey] = String(outputRange.upper)
    }
    return metadata
  }
}
