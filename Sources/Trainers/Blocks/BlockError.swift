package import Errors

/// An error of the block protocol, or in solving a block.
package typealias BlockError = ExplainedError<BlockErrorCode>

/// The kinds of ``BlockError``.
package enum BlockErrorCode: String, ErrorCode {
  /// The input is not a frame of the protocol.
  case badFrame
  /// A frame has another version of the protocol.
  case otherVersion
  /// A frame's checksum does not match its bytes.
  case badChecksum
  /// The input ended within a frame.
  case cutOff
  /// A frame is longer than ``BlockFrame/byteLimit``.
  case tooLong
  /// There is not enough memory for a frame.
  case outOfMemory
  /// The contents of a frame are invalid: a count out of bounds, rows out of order, numbers that are not finite.
  case badContents
  /// A frame needs another one that was not sent before it.
  case outOfOrder
  /// A row cannot be solved in single precision.
  case unsolvable
  /// A file or stream cannot be read or written.
  case inputOutput
}

extension ExplainedError<BlockErrorCode> {
  /// Creates an error with the usual remedy: frames are written by another program.
  static func bad(
    _ code: BlockErrorCode, _ problem: String, place: String,
    remedy: String = "Write it with the client of this version of latent."
  ) -> BlockError {
    BlockError(code, problem, place: place, remedy: remedy)
  }

  /// The numbers of a `model` frame do not fit the trainer.
  static func badSummary(_ trainer: String) -> BlockError {
    .bad(.badContents, "its summary is not valid for \(trainer)", place: "the model")
  }

  /// A model has a different number of factors than requested.
  static func otherFactors(_ found: Int, asked: Int) -> BlockError {
    .bad(
      .badContents, "it has \(found) factors, and \(asked) were requested", place: "the model",
      remedy: "Set the number of factors to \(found).")
  }
}
