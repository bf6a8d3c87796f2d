package import Errors

/// Why a query has no result: what, where, and what to do about it.
package typealias RecommendingError = ExplainedError<RecommendingErrorCode>

/// The kinds of failure of a ``RecommendingError``.
package enum RecommendingErrorCode: String, ErrorCode {
  /// The model has no factors to compare items by.
  case modelWithoutFactors
  /// The item's factors are all zero: the model learned nothing of it.
  case itemWithoutFactors
  /// The model ranks items, and predicts no ratings.
  case modelWithoutPredictions
  /// The model makes no users of ratings.
  case modelWithoutFoldIn
  /// The model does not say what its scores are made of.
  case modelWithoutTerms
  /// A rating that came with the question is none of the model's, or an item has several.
  case badRating
  /// A title is that of several items.
  case ambiguousItem
  /// A text is not an id of the model's type.
  case invalidIdentifier
  /// The model does not know the user.
  case unknownUser
  /// The model does not know the item.
  case unknownItem
  /// A condition on the items' attributes can't be read, or does not fit them. The place draws it, with a
  /// mark where that is.
  case badCondition
  /// A file of items' ids can't be read, or holds what is none.
  case badItemFile
  /// A score is not a finite number: the model's file is damaged.
  case damagedModel
}
