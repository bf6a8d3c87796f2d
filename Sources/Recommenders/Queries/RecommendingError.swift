package import Errors

/// The reason a query has no result: what failed, where, and a remedy.
package typealias RecommendingError = ExplainedError<RecommendingErrorCode>

/// The codes of a ``RecommendingError``.
package enum RecommendingErrorCode: String, ErrorCode {
  /// The model has no factors to compare items by.
  case modelWithoutFactors
  /// The item's factors are all zero: the model learned nothing about it.
  case itemWithoutFactors
  /// The model ranks items and does not predict ratings.
  case modelWithoutPredictions
  /// The model cannot compute users from ratings.
  case modelWithoutFoldIn
  /// The model cannot explain its scores.
  case modelWithoutTerms
  /// A rating in the query is not valid for the model, or an item has several.
  case badRating
  /// A title belongs to several items.
  case ambiguousItem
  /// A text is not an id of the model's type.
  case invalidIdentifier
  /// The model does not know the user.
  case unknownUser
  /// The model does not know the item.
  case unknownItem
  /// A condition on the items' attributes cannot be parsed, or does not match them. The place shows it, with a mark
  /// at the position.
  case badCondition
  /// A file of item ids cannot be read, or contains something else.
  case badItemFile
  /// A score is not a finite number: the model's file is damaged.
  case damagedModel
}
