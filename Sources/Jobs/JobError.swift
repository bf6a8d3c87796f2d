package import Errors

/// Why a job stopped without a result, where no part of it says so by itself.
package typealias JobError = ExplainedError<JobErrorCode>

/// The kinds of failure of a ``JobError``.
package enum JobErrorCode: String, ErrorCode {
  /// The store has no ratings.
  case emptyStore
  /// The query over other people's tables returns no rows.
  case emptyQuery
  /// There is nothing to judge by, and the gate asks for it.
  case nothingHeldOut
  /// There is nothing to search for options by.
  case nothingToSearchBy
  /// Fitted again to all ratings, the model is worse than before.
  case badRefit
  /// Learning can't start from the version that was named.
  case badStart
  /// The content of items is none, or says nothing of rated ones.
  case badContent
  /// What a search tried can't be kept.
  case noPlace
  /// The training is certain to take more memory than there is.
  case outOfMemory
  /// The same of fitting again to all ratings.
  case outOfMemoryToRefit
}
