package import ModelFiles
package import Ratings
import TensorCore

/// A model file with one user taken out of it: the same numbers for everybody else, to the bit.
///
/// What goes is all that stands in a row of the user's own: the id, the factors or the embedding, the
/// bias, the rated items. What stays is what was summed up over all users: items' factors and biases,
/// the mean, a network's layers, the numbers of ratings of the items. They say nothing of one user
/// alone, and only a new training learns them without him.
///
/// The file is streamed from the mapped one; nothing but the offsets is held in memory.
package struct ModelWithoutUser: Sendable {
  private let file: SafetensorsFile
  private let form: ModelForm
  private let row: Int
  /// Where the user's rated items stand.
  private let ratedItems: Range<Int>
  /// Where the bytes of the user's id stand, where ids are texts.
  private let idBytes: Range<Int>?

  /// The model in `file` without `user`; nil when it has no such user. The contents must have been
  /// verified (``ScoredModel/verifyContents()``): what is taken out is looked up in them.
  package init?(_ file: SafetensorsFile, _ user: UserID) throws(ModelFileError) {
    let catalogue = try StoredModel.open(file).catalogue
    guard let row = catalogue.users.index(of: user)?.row else { return nil }
    self.file = file
    form = try ModelHeader(file).form
    self.row = row
    ratedItems = Int(catalogue.ratedOffsets[row])..<Int(catalogue.ratedOffsets[row + 1])
    switch catalogue.users.storage {
    case .integers: idBytes = nil
    case .texts(let texts): idBytes = texts.range(at: row)
    }
  }

  /// Writes the model file to `path`, as ``ModelContents/write(to:)`` does. Answers its digest.
  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    let tensors = file.tensorNames.compactMap { file.tensor(named: $0) }.map(outgoing)
    return try SafetensorsWriter.write(
      tensors, metadata: file.metadata, aligned: form.alignedTensor, to: path)
  }

  private func outgoing(_ tensor: StoredTensor) -> OutgoingTensor {
    let names = IdentifierTensorNames.users
    switch tensor.name {
    case names.integers: return tensor.without(elements: row..<row + 1)
    case names.bytes: return tensor.without(elements: idBytes ?? 0..<0)
    case names.ends: return tensor.withoutEnd(at: row, of: (idBytes ?? 0..<0).count)
    case "rated_items": return tensor.without(elements: ratedItems)
    case "rated_offsets": return tensor.withoutEnd(at: row + 1, of: ratedItems.count)
    default:
      guard let first = form.firstUserRow(of: tensor.name) else {
        return tensor.without(elements: 0..<0)
      }
      return tensor.without(row: first + row)
    }
  }
}

extension ModelForm {
  /// The tensor that is read the most, which is to start on a multiple of 64 bytes.
  var alignedTensor: String {
    switch self {
    case .factors: "item_factors"
    case .network: NeuralTensorNames.itemEmbeddings
    }
  }

  /// The row of the tensor called `name` that is the first user's; nil when its rows are not users.
  fileprivate func firstUserRow(of name: String) -> Int? {
    switch (self, name) {
    case (.factors, "user_factors"), (.factors, "user_biases"): 0
    case (.network, NeuralTensorNames.userEmbeddings): 1
    default: nil
    }
  }
}

extension StoredTensor {
  /// The tensor without one of its rows.
  fileprivate func without(row: Int) -> OutgoingTensor {
    let length = shape.dimensions.dropFirst().reduce(1, *)
    return without(
      elements: row * length..<(row + 1) * length,
      leaving: Shape([shape[0] - 1] + shape.dimensions.dropFirst()))
  }

  /// The tensor without some of its elements; of one dimension, unless none goes.
  fileprivate func without(elements: Range<Int>) -> OutgoingTensor {
    without(
      elements: elements,
      leaving: elements.isEmpty ? shape : [shape.elementCount - elements.count])
  }

  private func without(elements: Range<Int>, leaving shape: Shape) -> OutgoingTensor {
    OutgoingTensor(name, elementType, shape) { (stream) throws(ModelFileError) in
      try stream.append(self, 0..<elements.lowerBound)
      try stream.append(self, elements.upperBound..<self.shape.elementCount)
    }
  }

  /// A column of ends without the one at `position`, the later ones `length` lower.
  fileprivate func withoutEnd(at position: Int, of length: Int) -> OutgoingTensor {
    OutgoingTensor(name, elementType, [shape.elementCount - 1]) {
      (stream) throws(ModelFileError) in
      var ends: [UInt64] = try copy()
      ends.remove(at: position)
      for later in position..<ends.count { ends[later] -= UInt64(length) }
      try stream.append(ends)
    }
  }
}
