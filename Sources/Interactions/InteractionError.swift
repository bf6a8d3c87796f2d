package import Errors

/// An error in loading or splitting ratings: the problem, its place and a remedy.
package typealias InteractionError = ExplainedError<InteractionErrorCode>

/// The kinds of ``InteractionError``.
package enum InteractionErrorCode: String, ErrorCode {
  /// More users, items or ratings than 32-bit rows can number.
  case tooMany
  /// A value is not finite, or the transform is not defined for it.
  case badValue
  /// The ids of one side are integers in one batch and text in another.
  case mixedTypes
  /// A split is malformed, or its share or count is out of range.
  case badSplit
  /// A split by time was applied to ratings without times.
  case missingTimes
  /// A split leaves no training data.
  case emptyTraining
}
