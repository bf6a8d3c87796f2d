package import Ratings

/// An item in a ranked list, with its id and title.
package struct RankedItem: Sendable {
  /// The item's id.
  package let id: ItemID
  /// The item's title; nil if it has none.
  package let title: String?
  /// The item's number of ratings in training.
  package let ratingCount: Int
  /// Whether it had none and is known only by its content; nil in a model without such items.
  package let isCold: Bool?
  /// The predicted rating, or the similarity of the item; if the model does not predict ratings, what the list is
  /// ranked by. Nil if that is the number of ratings.
  package let score: Float?
  /// The predicted rating, if a separate model predicts it next to one that ranks; otherwise nil.
  package let prediction: Float?
}

/// The recommendations for a user, best first.
package struct RecommendedItems: Sendable {
  /// The user; nil for ratings without a user id.
  package let user: UserID?
  /// Whether the model does not know the user, so that these are the popular items.
  package let isFallback: Bool
  /// Whether the items are ranked by their number of ratings instead of their score.
  package let isByPopularity: Bool
  package let items: [RankedItem]
}

/// The items most similar to an item, best first, each with the similarity as its score.
package struct SimilarItems: Sendable {
  /// The item they are similar to.
  package let item: ItemID
  /// The item's title, if it has one.
  package let title: String?
  /// The similarity measure.
  package let similarity: ItemSimilarity
  package let items: [RankedItem]
}

/// The users most similar to a user, best first.
package struct SimilarUsers: Sendable {
  /// The user they are similar to.
  package let user: UserID
  /// The similarity measure of this model.
  package let similarity: UserSimilarity
  package let users: [RankedUser]
}

/// A user in a ranked list.
package struct RankedUser: Sendable {
  package let id: UserID
  /// The number of items the user has rated.
  package let ratingCount: Int
  /// The number of those that the other user has rated too.
  package let sharedCount: Int
  /// The similarity of the user.
  package let score: Float
}

/// A user as seen by the model that predicts ratings, looked up once for all their predictions.
package struct PredictedUser: Sendable {
  package let id: UserID
  let vector: UserVector
  /// The user's row; nil if the model does not know the user.
  let row: UserIndex?
}

/// A predicted rating.
package struct Prediction: Sendable {
  package let user: UserID
  package let item: ItemID
  /// The item's title, if it has one.
  package let title: String?
  package let rating: Float
  /// The interval expected to contain nine of ten such ratings; nil if the model does not know it.
  package let interval: ClosedRange<Float>?
}
