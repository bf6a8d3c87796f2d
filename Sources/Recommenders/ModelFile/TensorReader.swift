import Errors
import ModelRegistry
import Ratings
import TensorCore

/// The elements of a tensor in a mapped file, row-major: read in place, by element or row, with bounds checks.
///
/// `@unchecked Sendable`: a constant pointer into `file`, whose bytes never change and which this keeps mapped.
struct TensorColumn<Element: TensorElement>: @unchecked Sendable {
  private let file: MappedFile
  private let elements: UnsafeBufferPointer<Element>

  /// Throws ``ModelFileErrorCode/wrongTensor`` if the elements are of another type or misaligned.
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

  /// Calls `body` with all elements, which are valid only during the call.
  func withElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(file) {} }
    return try body(elements)
  }

  /// Calls `body` with the elements at `range`, which are valid only during the call. Traps if it is out of bounds.
  func withElements<Result, Failure: Error>(
    in range: Range<Int>, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= elements.count)
    defer { withExtendedLifetime(file) {} }
    return try body(UnsafeBufferPointer(rebasing: elements[range]))
  }
}

extension TensorColumn<Float> {
  /// Throws an error for the first row that contains infinity or NaN.
  func verifyFinite(_ name: String, rowLength: Int = 1, place: String) throws(ModelFileError) {
    let flaw = withElements { $0.firstIndex { !$0.isFinite } }
    if let flaw {
      throw .badContents(
        "row \(flaw / max(rowLength, 1)) of \(name) holds \(self[flaw])", place: place)
    }
  }
}

extension ExplainedError<ModelFileErrorCode> {
  /// Returns the error for inconsistent contents of a model file.
  static func badContents(_ problem: String, place: String) -> ModelFileError {
    ModelFileError(
      .badContents, problem, place: place,
      remedy: "Use an intact copy of it, or train again.")
  }
}

/// Reads tensors of known type and shape from a file, or reports which one does not match.
struct TensorReader {
  let file: SafetensorsFile

  /// The remedy for a file that is not what was expected.
  static let remedy = "Name a model that Latent trained, or train again."

  /// Throws if there are more users or items than row numbers.
  func checkRows(users: Int, items: Int) throws(ModelFileError) {
    guard max(users, items) < ModelFormat.rowLimit else {
      throw ModelFileError(
        .wrongTensor,
        "it has \(users) users and \(items) items; "
          + "the limit for each is \(ModelFormat.rowLimit - 1)",
        place: file.path, remedy: "Split the users over several models.")
    }
  }

  /// Returns whether there is a tensor called `name`.
  func has(_ name: String) -> Bool { file.tensor(named: name) != nil }

  /// Returns the dimensions of a required tensor of rank `rank`.
  func dimensions(of name: String, rank: Int) throws(ModelFileError) -> [Int] {
    let shape = try tensor(name).shape
    guard shape.rank == rank else {
      throw wrong(name, "has the shape \(shape) and should have \(rank) dimensions")
    }
    return shape.dimensions
  }

  /// Returns the elements of a required tensor with these dimensions. They come from other tensors of the file and
  /// need not form a valid shape.
  func column<Element: TensorElement>(
    _ name: String, _ dimensions: [Int]
  ) throws(ModelFileError) -> TensorColumn<Element> {
    let tensor = try tensor(name)
    guard tensor.shape.dimensions == dimensions else {
      throw wrong(name, "has the shape \(tensor.shape) and should have \(dimensions)")
    }
    return try TensorColumn(tensor)
  }

  /// Returns the elements of a required one-dimensional tensor.
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
