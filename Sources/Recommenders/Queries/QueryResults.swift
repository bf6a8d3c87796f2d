package import Ratings

/// An item in a ranked list, as people know it.
package struct RankedItem: Sendable {
  /// The item's id.
  package let id: ItemID
  /// The name that people know it by; nil when it has none.
  package let title: String?
  /// How many ratings it had in training.
  package let ratingCount: Int
  /// Whether it had none, and is known by its content alone; nil in a model that knows no such items.
  package let isCold: Bool?
  /// The predicted rating, or how similar the item is; from a model that predicts no ratings, what the
  /// list is ranked by. Nil where that is the number of ratings.
  package let score: Float?
  /// The predicted rating, where a model predicts it beside one that ranks; else nil.
  package let prediction: Float?
}

/// What a user should see next, best first.
package struct RecommendedItems: Sendable {
  /// Whom it is for; nil for ratings that nobody's id came with.
  package let user: UserID?
  /// Whether the model does not know the user, and these are the popular items.
  package let isFallback: Bool
  /// Whether the items are ranked by their number of ratings, not by their score.
  package let isByPopularity: Bool
  package let items: [RankedItem]
}

/// The items most like an item, best first, each with the similarity as its score.
package struct SimilarItems: Sendable {
  /// What they are like.
  package let item: ItemID
  /// Its title, if it has one.
  package let title: String?
  /// What makes items alike.
  package let similarity: ItemSimilarity
  package let items: [RankedItem]
}

/// The users most like a user, best first.
package struct SimilarUsers: Sendable {
  /// Whom they are like.
  package let user: UserID
  /// What makes users alike in this model.
  package let similarity: UserSimilarity
  package let users: [RankedUser]
}

/// A user in a ranked list.
package struct RankedUser: Sendable {
  package let id: UserID
  /// How many items the user has rated.
  package let ratingCount: Int
  /// How many of those the other has rated too.
  package let sharedCount: Int
  /// How similar the user is.
  package let score: Float
}

/// Somebody as the model that predicts ratings sees them, asked for once for all their predictions.
package struct PredictedUser: Sendable {
  package let id: UserID
  let vector: UserVector
  /// The row of the user whom the model knows; else nil.
  let row: UserIndex?
}

/// The rating that a model expects.
package struct Prediction: Sendable {
  package let user: UserID
  package let item: ItemID
  /// The item's title, if it has one.
  package let title: String?
  package let rating: Float
  /// Between which ratings nine of ten such ratings lie; nil where the model does not know.
  package let interval: ClosedRange<Float>?
}
