package import Errors

/// An error about tensors that do not match an operation: which, why, and what would.
package typealias TensorError = ExplainedError<TensorErrorCode>

/// The error codes of a ``TensorError``.
package enum TensorErrorCode: String, ErrorCode {
  /// The shapes do not match each other or the operation.
  case shapeMismatch
  /// The operation does not support the element type.
  case elementTypeMismatch
  /// An index is out of range.
  case indexOutOfRange
  /// There is not enough memory.
  case outOfMemory
  /// A value is NaN or infinite where all must be finite.
  case notFinite
  /// No kernel on this processor supports the operation.
  case unsupported
}

extension ExplainedError<TensorErrorCode> {
  /// Creates the error for two shapes that do not match in `operation`.
  static func shapes(
    _ left: Shape, _ right: Shape, in operation: String, remedy: String
  ) -> TensorError {
    TensorError(
      .shapeMismatch, "the shapes \(left) and \(right) do not match", place: operation,
      remedy: remedy)
  }
}
