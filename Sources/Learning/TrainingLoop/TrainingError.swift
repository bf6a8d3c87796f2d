package import Errors

/// Why a training stopped without a result.
package typealias TrainingError = ExplainedError<TrainingErrorCode>

/// The kinds of failure of a ``TrainingError``.
package enum TrainingErrorCode: String, ErrorCode {
  /// The loss became infinite or NaN, or grew where it should fall.
  case diverged
  /// An option is out of its bounds.
  case badOption
  /// There is nothing to train on, or a value that can't be trained on.
  case badData
  /// The labels are such that no model can have them as its answers.
  case badLabels
  /// Inputs leave 0 ... 1, and what is asked for is a matter of such as do not.
  case samplesOutOfRange
  /// The losses tell no learning rate to begin with.
  case noLearningRate
  /// What is to be changed is a model of another kind.
  case otherModel
  /// A saved state is another training's, or damaged.
  case badState
  /// A file could not be read or written.
  case inputOutput
  /// It was cancelled.
  case cancelled
}
