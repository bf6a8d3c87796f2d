package import Errors

/// Why a network could not be written as ONNX.
package typealias ONNXError = ExplainedError<ONNXErrorCode>

/// The kinds of failure of an ``ONNXError``.
package enum ONNXErrorCode: String, ErrorCode {
  /// An operation has no form in ONNX.
  case unsupported
}
