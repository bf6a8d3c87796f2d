/// Tensors that do not fit an operation: which, why, and what would fit.
package struct TensorError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for code that must tell them apart.
  package enum Code: String, Sendable {
    /// The shapes do not fit each other or the operation.
    case shapeMismatch
    /// The elements are of a type that the operation does not take.
    case elementTypeMismatch
    /// An index points outside the tensor.
    case indexOutOfRange
  }

  package let code: Code
  /// What does not fit, in a sentence without a full stop; names every shape concerned.
  package let problem: String
  /// The operation, as `matrix product`.
  package let place: String
  /// What would fit.
  package let remedy: String

  package init(_ code: Code, _ problem: String, place: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.place = place
    self.remedy = remedy
  }

  package var description: String { "\(place): \(problem). \(remedy)" }

  /// Two shapes that do not go together in `operation`.
  static func shapes(
    _ left: Shape, _ right: Shape, in operation: String, remedy: String
  ) -> TensorError {
    TensorError(
      .shapeMismatch, "the shapes \(left) and \(right) do not fit", place: operation,
      remedy: remedy)
  }
}
