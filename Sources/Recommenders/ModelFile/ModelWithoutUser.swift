import Errors
package import ModelRegistry
package import Ratings
import TensorCore

/// A model file with one user taken out of it: the same numbers for everybody else, to the bit.
///
/// What goes is all that stands in a row of the user's own: the id, the factors or the embedding, the
/// bias, the rated items. What stays is what was summed up over all users: items' factors and biases,
/// the mean, a network's layers, the numbers of ratings of the items. They say nothing of one user
/// alone, and only a new training learns them without the user.
///
/// The file is streamed from the mapped one; nothing but the offsets is held in memory.
package struct ModelWithoutUser: EncodableModel {
  private let file: SafetensorsFile
  private let form: RecommenderForm
  private let row: Int
  /// Where the user's rated items stand.
  private let ratedItems: Range<Int>
  /// Where the bytes of the user's id stand, where ids are texts.
  private let idBytes: Range<Int>?

  /// The model in `file` without `user`; nil when it has no such user. The contents must have been
  /// verified (``ScoredModel/verifyContents()``): what is taken out is looked up in them.
  package init?(_ file: SafetensorsFile, _ user: UserID) throws(ModelFileError) {
    let catalogue = try RecommenderForm.open(file).catalogue
    guard let index = catalogue.users.index(of: user) else { return nil }
    self.file = file
    form = try ModelHeader(file).form
    row = index.position
    ratedItems = catalogue.ratedRange(of: index)
    switch catalogue.users.storage {
    case .integers: idBytes = nil
    case .texts(let texts): idBytes = texts.range(at: row)
    }
  }

  /// Writes the model file to `path`, as ``ModelContents/write(to:)`` does. Returns its digest.
  ///
  /// Throws ``ModelFileErrorCode/tooNew`` when the file has a tensor that this program does not know,
  /// which may hold a row of the user's.
  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    var tensors: [OutgoingTensor] = []
    for tensor in file.tensorNames.compactMap({ file.tensor(named: $0) }) {
      tensors.append(try outgoing(tensor))
    }
    return try SafetensorsWriter.write(
      tensors, metadata: file.metadata, aligned: form.alignedTensor, to: path)
  }

  private func outgoing(_ tensor: StoredTensor) throws(ModelFileError) -> OutgoingTensor {
    switch TensorContents(tensor.name, in: form) {
    case .userIntegers: return tensor.without(elements: row..<row + 1)
    case .userBytes: return tensor.without(elements: idBytes ?? 0..<0)
    case .userEnds: return tensor.withoutEnd(at: row, of: (idBytes ?? 0..<0).count)
    case .ratedItems: return tensor.without(elements: ratedItems)
    case .ratedOffsets: return tensor.withoutEnd(at: row + 1, of: ratedItems.count)
    case .learned(.from(let first)): return tensor.without(row: first + row)
    case .learned(.ratedItems): return tensor.without(elements: ratedItems)
    case .learned(.none): return tensor.without(elements: 0..<0)
    case nil:
      throw ModelFileError(
        .tooNew, "the tensor \(tensor.name) may hold something of the user's", place: file.path,
        remedy: "Use the Latent that trained the model.")
    }
  }
}

/// The users of a model of ratings, as people who can be taken out of it.
struct UsersOfModel: PeopleInModel {
  let model: any ScoredModel

  var count: Int { model.userCount }

  func contains(_ id: String) -> Bool { model.user(reading: id) != nil }

  func without(_ id: String) throws(ModelFileError) -> any EncodableModel {
    guard let row = model.user(reading: id),
      let remainder = try ModelWithoutUser(
        SafetensorsFile(model.path), model.users.identifier(at: row))
    else { preconditionFailure("the model at \(model.path) has no such user") }
    return remainder
  }
}

/// What of a user stands in a tensor.
enum TensorContents {
  /// The ids, or their bytes, and where each ends.
  case userIntegers, userBytes, userEnds
  /// The rated items of all users, and where those of each begin and end.
  case ratedItems, ratedOffsets
  /// What depends on the form.
  case learned(RecommenderForm.UserRows)

  /// What stands in the tensor called `name`; nil when models of `form` have none of that name.
  init?(_ name: String, in form: RecommenderForm) {
    if let known = TensorContents(ofCatalogue: name) {
      self = known
    } else if let rows = form.userRows(name) {
      self = .learned(rows)
    } else {
      return nil
    }
  }

  /// What stands in the tensor called `name` of a catalogue, which every model has; nil when those have none of
  /// that name.
  init?(ofCatalogue name: String) {
    let (users, items) = (IdentifierTensors.users, IdentifierTensors.items)
    switch name {
    case users.integers: self = .userIntegers
    case users.bytes: self = .userBytes
    case users.ends: self = .userEnds
    case "rated_items": self = .ratedItems
    case "rated_offsets": self = .ratedOffsets
    case items.integers, items.bytes, items.ends, "item_rating_counts", "title_bytes", "title_ends":
      self = .learned(.none)
    case _ where AttributeTable.tensors.contains(name): self = .learned(.none)
    case _ where ColdItemTable.tensors.contains(name): self = .learned(.none)
    default: return nil
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
