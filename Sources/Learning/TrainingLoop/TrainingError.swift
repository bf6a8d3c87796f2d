package import Errors

/// Why a training stopped without a result: what, where, and what to do about it.
package typealias TrainingError = ExplainedError<TrainingErrorCode>

/// The kinds of failure of a ``TrainingError``.
package enum TrainingErrorCode: String, ErrorCode {
  /// The loss became infinite or no number, or grew where it should fall.
  case diverged
  /// An option is out of its bounds.
  case badOption
  /// There is nothing to train on, or a value that can't be trained on.
  case badData
  /// A saved state is another training's, or damaged.
  case badState
  /// A file could not be read or written.
  case inputOutput
  /// It was asked to stop.
  case cancelled
}
