package import Errors

/// Tensors that do not fit an operation: which, why, and what would fit.
package typealias TensorError = ExplainedError<TensorErrorCode>

/// The kinds of failure of a ``TensorError``.
package enum TensorErrorCode: String, ErrorCode {
  /// The shapes do not fit each other or the operation.
  case shapeMismatch
  /// The elements are of a type that the operation does not take.
  case elementTypeMismatch
  /// An index points outside the tensor.
  case indexOutOfRange
  /// The memory does not suffice.
  case outOfMemory
  /// A number that is none, or infinite, where all must be finite.
  case notFinite
  /// No kernel computes this on this processor.
  case unsupported
}

extension ExplainedError<TensorErrorCode> {
  /// Two shapes that do not go together in `operation`.
  static func shapes(
    _ left: Shape, _ right: Shape, in operation: String, remedy: String
  ) -> TensorError {
    TensorError(
      .shapeMismatch, "the shapes \(left) and \(right) do not fit", place: operation,
      remedy: remedy)
  }
}
