package import Errors

/// Why ratings could not be held or split: what, where, and what to do about it.
package typealias InteractionError = ExplainedError<InteractionErrorCode>

/// The kinds of failure of a ``InteractionError``.
package enum InteractionErrorCode: String, ErrorCode {
  /// More users, items or ratings than 32-bit rows can number.
  case tooMany
  /// A value is not finite.
  case badValue
  /// Ids of one side are integers in one batch and text in another.
  case mixedTypes
  /// A split is written wrongly or its share or count is out of range.
  case badSplit
  /// A split by time meets ratings without one.
  case missingTimes
  /// A split leaves nothing to train on.
  case emptyTraining
}
