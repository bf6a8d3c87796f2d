package import Errors

/// An error in exporting a network to ONNX.
package typealias ONNXError = ExplainedError<ONNXErrorCode>

/// The error codes of an ``ONNXError``.
package enum ONNXErrorCode: String, ErrorCode {
  /// An operation has no ONNX equivalent.
  case unsupported
}
