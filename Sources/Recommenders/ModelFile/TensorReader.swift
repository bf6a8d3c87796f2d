import Errors
import ModelRegistry
import Ratings
import TensorCore

/// A tensor's elements as they lie in a mapped file, row-major: read in place, one element or one row
/// at a time, the position checked.
///
/// `@unchecked Sendable`: a constant pointer into `file`, whose bytes nobody changes and which this
/// keeps mapped.
struct TensorColumn<Element: TensorElement>: @unchecked Sendable {
  private let file: MappedFile
  private let elements: UnsafeBufferPointer<Element>

  /// Throws ``ModelFileErrorCode/wrongTensor`` when the elements are of another type, or not aligned.
  init(_ tensor: StoredTensor) throws(ModelFileError) {
    (file, elements) = try tensor.mappedElements()
  }

  /// The number of elements.
  var count: Int { elements.count }

  /// The element at `position`. Traps outside `0 ..< count`, in release builds too.
  subscript(position: Int) -> Element {
    precondition(position >= 0 && position < elements.count)
    return elements[position]
  }

  /// Lends all elements for the duration of `body`.
  func withElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(file) {} }
    return try body(elements)
  }

  /// Lends the elements at `range` for the duration of `body`. Traps unless they are there.
  func withElements<Result, Failure: Error>(
    in range: Range<Int>, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= elements.count)
    defer { withExtendedLifetime(file) {} }
    return try body(UnsafeBufferPointer(rebasing: elements[range]))
  }
}

extension TensorColumn<Float> {
  /// Throws with the first row that holds infinity or NaN.
  func verifyFinite(_ name: String, rowLength: Int = 1, place: String) throws(ModelFileError) {
    let flaw = withElements { $0.firstIndex { !$0.isFinite } }
    if let flaw {
      throw .badContents(
        "row \(flaw / max(rowLength, 1)) of \(name) holds \(self[flaw])", place: place)
    }
  }
}

extension ExplainedError<ModelFileErrorCode> {
  /// Contents of a model file that make no sense.
  static func badContents(_ problem: String, place: String) -> ModelFileError {
    ModelFileError(
      .badContents, problem, place: place,
      remedy: "Use a whole copy of it, or train again.")
  }
}

/// Takes tensors of known type and shape out of a file, or says which one is not as it should be.
struct TensorReader {
  let file: SafetensorsFile

  /// What to do about a file that is not what was expected.
  static let remedy = "Name a model that Latent trained, or train again."

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

  /// Whether there is a tensor of that name.
  func has(_ name: String) -> Bool { file.tensor(named: name) != nil }

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
  func column<Element: TensorElement>(
    _ name: String, _ dimensions: [Int]
  ) throws(ModelFileError) -> TensorColumn<Element> {
    let tensor = try tensor(name)
    guard tensor.shape.dimensions == dimensions else {
      throw wrong(name, "has the shape \(tensor.shape) and should have \(dimensions)")
    }
    return try TensorColumn(tensor)
  }

  /// The elements of a tensor of one dimension that must be there.
  func column<Element: TensorElement>(
    _ name: String
  ) throws(ModelFileError) -> TensorColumn<Element> {
    try column(name, try dimensions(of: name, rank: 1))
  }

  private func tensor(_ name: String) throws(ModelFileError) -> StoredTensor {
    guard let tensor = file.tensor(named: name) else {
      throw ModelFileError(
        .missingTensor, "tensor '\(name)' is missing", place: file.path, remedy: Self.remedy)
    }
    return tensor
  }

  private func wrong(_ name: String, _ problem: String) -> ModelFileError {
    ModelFileError(
      .wrongTensor, "tensor '\(name)' \(problem)", place: file.path, remedy: Self.remedy)
  }
}
