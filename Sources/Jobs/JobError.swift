package import Errors

/// An error that stops a job without a result and is not one of its components' own errors.
package typealias JobError = ExplainedError<JobErrorCode>

/// The kinds of ``JobError``.
package enum JobErrorCode: String, ErrorCode {
  /// The store has no ratings.
  case emptyStore
  /// The query over the user's own tables returns no rows.
  case emptyQuery
  /// There are no held-out ratings, which the gate requires.
  case nothingHeldOut
  /// There are no held-out ratings for a hyperparameter search.
  case nothingToSearchBy
  /// After refitting to all ratings, the model is worse than before.
  case badRefit
  /// Training can't start from the given version.
  case badStart
  /// There is no item content, or none of rated items.
  case badContent
  /// The trials of a search can't be saved.
  case noPlace
  /// The training is certain to exceed the available memory.
  case outOfMemory
  /// Refitting to all ratings is certain to exceed the available memory.
  case outOfMemoryToRefit
}
