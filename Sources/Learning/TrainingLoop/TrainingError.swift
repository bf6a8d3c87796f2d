package import Errors

/// An error that ends a training without a result.
package typealias TrainingError = ExplainedError<TrainingErrorCode>

/// The error codes of a ``TrainingError``.
package enum TrainingErrorCode: String, ErrorCode {
  /// The loss became infinite or NaN, or grew when it should have fallen.
  case diverged
  /// An option is out of range.
  case badOption
  /// There is no training data, or it has a value that can't be trained on.
  case badData
  /// The labels cannot be the answers of any model.
  case badLabels
  /// Inputs lie outside 0 ... 1, and the requested operation is defined only within.
  case samplesOutOfRange
  /// The losses suggest no learning rate to start with.
  case noLearningRate
  /// The model to be changed is of another kind.
  case otherModel
  /// A saved state is damaged or belongs to another training.
  case badState
  /// A file could not be read or written.
  case inputOutput
  /// The training was cancelled.
  case cancelled
}
