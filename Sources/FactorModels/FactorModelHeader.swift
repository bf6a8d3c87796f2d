import ExplainedErrors
import ModelFiles
import Ratings
import TensorCore

/// What a factor model's metadata say, checked.
struct FactorModelHeader {
  let kind: String
  let ranking: Ranking
  let outputRange: OutputRange?

  init(_ file: SafetensorsFile) throws(ModelFileError) {
    let metadata = file.metadata
    func unusable(_ code: ModelFileErrorCode, _ problem: String) -> ModelFileError {
      ModelFileError(
        code, problem, place: file.path,
        remedy: "Name a model that `latent train` wrote, or train again.")
    }
    guard let format = metadata[FactorModelFormat.versionKey] else {
      throw unusable(.foreign, "a safetensors file, but not a model of Latent's")
    }
    guard let version = Int(format), version > 0 else {
      throw unusable(.foreign, "its format is '\(format)', not a number")
    }
    guard version <= FactorModelFormat.version else {
      throw ModelFileError(
        .tooNew,
        "its format is \(version), and this Latent reads up to \(FactorModelFormat.version)",
        place: file.path, remedy: "Use the Latent that wrote it, or a newer one.")
    }
    guard metadata[FactorModelFormat.formKey] == FactorModelFormat.form else {
      let form = metadata[FactorModelFormat.formKey] ?? ""
      throw unusable(.foreign, "not a factor model: its form is '\(form)'")
    }
    guard let kind = metadata[FactorModelFormat.kindKey], !kind.isEmpty else {
      throw unusable(.badContents, "it does not say which kind of model it is")
    }
    guard let ranking = Ranking(rawValue: metadata[FactorModelFormat.rankingKey] ?? "") else {
      throw unusable(.badContents, "it does not say by what items are ranked")
    }
    switch (metadata[FactorModelFormat.rangeLowerKey], metadata[FactorModelFormat.rangeUpperKey]) {
    case (nil, nil):
      outputRange = nil
    case (let lower, let upper):
      guard let low = Float(lower ?? ""), let high = Float(upper ?? ""),
        let range = OutputRange(lower: low, upper: high)
      else { throw unusable(.badContents, "its output range is not two numbers in order") }
      outputRange = range
    }
    self.kind = kind
    self.ranking = ranking
  }
}

/// Takes tensors of known type and shape out of a file, or says which one is not as it should be.
struct TensorReader {
  let file: SafetensorsFile

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
