import Errors
import ModelRegistry
import Ratings
import TensorCore

/// Takes tensors of known type and shape out of a file, or says which one is not as it should be.
struct TensorReader {
  let file: SafetensorsFile

  /// Throws when there are more users or items than rows can be numbered for.
  func checkRows(users: Int, items: Int) throws(ModelFileError) {
    guard max(users, items) < ModelFormat.rowLimit else {
      throw ModelFileError(
        .wrongTensor,
        "it has \(users) users and \(items) items, "
          + "and \(ModelFormat.rowLimit - 1) of each is the most",
        place: file.path, remedy: "Split the users over several models.")
    }
  }

  /// The dimensions of a tensor that must be there with `rank` of them.
  func dimensions(of name: String, rank: Int) throws(ModelFileError) -> [Int] {
    let shape = try tensor(name).shape
    guard shape.rank == rank else {
      throw wrong(name, "has the shape \(shape) and should have \(rank) dimensions")
    }
    return shape.dimensions
  }

  /// The elements of a tensor that must be there with these dimensions, which need not make a
  /// shape: they come from other tensors of the file.
  func column<Element: StoredElement>(
    _ name: String, _ dimensions: [Int]
  ) throws(ModelFileError) -> ModelColumn<Element> {
    let tensor = try tensor(name)
    guard tensor.shape.dimensions == dimensions else {
      throw wrong(name, "has the shape \(tensor.shape) and should have \(dimensions)")
    }
    return ModelColumn(try tensor.column())
  }

  /// `count` texts in two tensors.
  func texts(bytes: String, ends: String, count: Int) throws(ModelFileError) -> StoredTexts {
    StoredTexts(
      bytes: try column(bytes, try dimensions(of: bytes, rank: 1)), ends: try column(ends, [count]))
  }

  /// `count` ids, as integers or as texts, whichever there are.
  func identifiers<Entity>(
    _ names: IdentifierTensorNames, count: Int
  ) throws(ModelFileError) -> IdentifierTable<Entity> {
    if file.tensor(named: names.integers) != nil {
      return IdentifierTable(storage: .integers(try column(names.integers, [count])))
    }
    return IdentifierTable(
      storage: .texts(try texts(bytes: names.bytes, ends: names.ends, count: count)))
  }

  private func tensor(_ name: String) throws(ModelFileError) -> StoredTensor {
    guard let tensor = file.tensor(named: name) else {
      throw ModelFileError(
        .missingTensor, "tensor '\(name)' is missing", place: file.path,
        remedy: "Name a model that `latent train` wrote, or train again.")
    }
    return tensor
  }

  private func wrong(_ name: String, _ problem: String) -> ModelFileError {
    ModelFileError(
      .wrongTensor, "tensor '\(name)' \(problem)", place: file.path,
      remedy: "Name a model that `latent train` wrote, or train again.")
  }
}
