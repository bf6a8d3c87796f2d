package import Errors

/// Why a block was not solved.
package typealias BlockError = ExplainedError<BlockErrorCode>

/// The kinds of failure of a ``BlockError``.
package enum BlockErrorCode: String, ErrorCode {
  /// What came is no frame of the protocol.
  case badFrame
  /// A frame is of another version of the protocol.
  case otherVersion
  /// A frame's bytes are not those that were sent.
  case badChecksum
  /// The input ended within a frame.
  case cutOff
  /// A frame is longer than ``BlockFrame/byteLimit``.
  case tooLong
  /// There is no memory for a frame.
  case outOfMemory
  /// A frame holds what its kind can't: a count out of bounds, rows out of order, numbers that are not finite.
  case badContents
  /// A frame needs one that has not come before it.
  case outOfOrder
  /// A row can't be solved for in single precision.
  case unsolvable
  /// A file or stream can't be read or written.
  case inputOutput
}

extension ExplainedError<BlockErrorCode> {
  /// What most can be done about: whoever writes the frames is another program.
  static func bad(
    _ code: BlockErrorCode, _ problem: String, place: String,
    remedy: String = "Have it written by the client that comes with this version of latent."
  ) -> BlockError {
    BlockError(code, problem, place: place, remedy: remedy)
  }

  /// The numbers of a `model` frame are not those of a trainer.
  static func badSummary(_ trainer: String) -> BlockError {
    .bad(.badContents, "its numbers are not those of \(trainer)", place: "the model")
  }

  /// A model has other numbers of factors than were asked for.
  static func otherFactors(_ found: Int, asked: Int) -> BlockError {
    .bad(
      .badContents, "it has \(found) factors, and \(asked) were asked for", place: "the model",
      remedy: "Say --factors \(found).")
  }
}
