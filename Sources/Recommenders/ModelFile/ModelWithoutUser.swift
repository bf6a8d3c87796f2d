import Errors
package import ModelRegistry
package import Ratings
import TensorCore

/// A model file with one user removed: the same numbers for everybody else, bit for bit.
///
/// All rows of the user are removed: the id, the factors or the embedding, the bias, the rated items. Sums over all
/// users remain: items' factors and biases, the mean, a network's layers, the rating counts of the items. They do not
/// describe a single user, and only a new training can learn them without the user.
///
/// The file is streamed from the mapped one; only offsets are held in memory.
package struct ModelWithoutUser: EncodableModel {
  private let file: SafetensorsFile
  private let form: RecommenderForm
  private let row: Int
  /// The range of the user's rated items.
  private let ratedItems: Range<Int>
  /// The byte range of the user's id, if ids are texts.
  private let idBytes: Range<Int>?

  /// Creates the model in `file` without `user`. Nil if it has no such user. The contents must have been verified
  /// (``ScoredModel/verifyContents()``), as they are used to locate what to remove.
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
  /// Throws ``ModelFileErrorCode/tooNew`` if the file has a tensor unknown to this program, as it may contain a row
  /// of the user.
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
        .tooNew, "the tensor \(tensor.name) may contain data of the user", place: file.path,
        remedy: "Use the Latent that trained the model.")
    }
  }
}

/// The users of a model of ratings, as people who can be removed from it.
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

/// The per-user contents of a tensor.
enum TensorContents {
  /// The ids, or their bytes, and the end of each.
  case userIntegers, userBytes, userEnds
  /// The rated items of all users, and the offsets of each user's items.
  case ratedItems, ratedOffsets
  /// Contents that depend on the form.
  case learned(RecommenderForm.UserRows)

  /// Classifies the tensor called `name`. Nil if models of `form` have no such tensor.
  init?(_ name: String, in form: RecommenderForm) {
    if let known = TensorContents(ofCatalogue: name) {
      self = known
    } else if let rows = form.userRows(name) {
      self = .learned(rows)
    } else {
      return nil
    }
  }

  /// Classifies the tensor called `name` of the catalogue, which every model has. Nil if catalogues have no such
  /// tensor.
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
  /// Returns the tensor without one of its rows.
  fileprivate func without(row: Int) -> OutgoingTensor {
    let length = shape.dimensions.dropFirst().reduce(1, *)
    return without(
      elements: row * length..<(row + 1) * length,
      leaving: Shape([shape[0] - 1] + shape.dimensions.dropFirst()))
  }

  /// Returns the tensor without some of its elements. It must be one-dimensional unless the range is empty.
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

  /// Returns a column of ends without the one at `position`, with later ones reduced by `length`.
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
