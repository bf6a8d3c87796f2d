import Errors
import Foundation
import Ratings

/// Queries for users whom the model was not trained on, or who have left ratings since: they are computed from their
/// ratings.
extension RecommenderQueries {
  /// The maximum number of ratings in a query.
  package static let ratingLimit = 1000

  /// Returns the best items that `options` admit for a user who left `ratings`, without the items of these ratings.
  /// Ratings of items unknown to the model are ignored; if it knows none of them, returns the most popular items.
  ///
  /// Throws `modelWithoutFoldIn` if the ranking model does not support this, and `badRating` if a rating is not valid
  /// for the model or an item has several.
  package func recommend(
    of ratings: [GivenRating], for user: String? = nil, _ options: ListOptions
  ) throws(RecommendingError) -> RecommendedItems {
    let user = try user.map { text throws(RecommendingError) in try userID(text) }
    let filter = try filter(options)
    let own = try rows(of: ratings, in: model)
    let predicted = try prediction(of: ratings)
    return try list(
      for: own.isEmpty ? nil : try model.user(of: own), called: user, options, filter,
      predictedBy: predicted)
  }

  /// Returns the predicted rating of `item` by `user`, who left `ratings`. Throws as ``predictedUser(_:of:)`` and
  /// ``predict(for:item:)`` do.
  package func predict(
    of ratings: [GivenRating], for user: String, item: String
  ) throws(RecommendingError) -> Prediction {
    try predict(for: try predictedUser(user, of: ratings), item: item)
  }

  /// Returns `user`, who left `ratings`, for predictions. Throws as ``predictedUser(_:)`` does if the model knows
  /// none of the items, and as ``recommend(of:for:_:)`` does.
  package func predictedUser(
    _ user: String, of ratings: [GivenRating]
  ) throws(RecommendingError) -> PredictedUser {
    let model = predictor ?? model
    let id = try userID(user)
    try checkPredicts(model)
    let own = try rows(of: ratings, in: model)
    guard !own.isEmpty else { throw unknown(id, .unknownUser, "user", among: model.users) }
    return PredictedUser(id: id, vector: try model.user(of: own), row: model.users.index(of: id))
  }

  /// Returns the user who left `ratings` as the separate predictor sees them, or nil if there is none or it does not
  /// support this.
  private func prediction(of ratings: [GivenRating]) throws(RecommendingError) -> UserVector? {
    guard let predictor else { return nil }
    let own = try rows(of: ratings, in: predictor)
    guard !own.isEmpty else { return predictor.averageUser }
    do throws(RecommendingError) { return try predictor.user(of: own) } catch {
      guard error.code == .modelWithoutFoldIn else { throw error }
      return nil
    }
  }

  /// Returns `ratings` by the rows of `model`, without those of items it does not know.
  func rows(
    of ratings: [GivenRating], in model: any ScoredModel
  ) throws(RecommendingError) -> [ItemRating] {
    func bad(_ problem: String, _ remedy: String) -> RecommendingError {
      RecommendingError(.badRating, problem, place: model.path, remedy: remedy)
    }
    var seen = Set<ItemID>()
    var rows: [ItemRating] = []
    for rating in ratings {
      guard seen.insert(rating.item).inserted else {
        throw bad("item \(Excerpt.of(rating.item.description)) is rated twice", "Rate it once.")
      }
      guard rating.value.isFinite, abs(rating.value) <= Self.valueLimit else {
        throw bad("\(rating.value) is not a rating of this model", "Give a number such as 4.")
      }
      guard rating.value >= 0 || model.ratedValues != .confidences else {
        throw bad(
          "\(rating.value) is not a confidence: this model treats ratings as confidences, "
            + "which can't be negative",
          "Give a number of 0 or more, or leave the item out.")
      }
      guard let item = model.items.index(of: rating.item) else { continue }
      guard let learned = model.transform(rating.value) else {
        throw bad("\(rating.value) is not a rating of this model", "Give a number above 0.")
      }
      rows.append(ItemRating(item: item, value: learned))
    }
    return rows
  }

  /// Parses a rating sent by a client. Throws `invalidIdentifier` and `badRating`.
  package func rating(item: String, value: String) throws(RecommendingError) -> GivenRating {
    let id: ItemID = try identifier(item, as: model.items.type, "an", "item")
    guard let number = Float(decimal: value) else {
      throw RecommendingError(
        .badRating, "'\(Excerpt.of(value))' is not a rating", place: model.path,
        remedy: "Give a number such as 4.")
    }
    return GivenRating(item: id, value: number)
  }

  /// Throws unless `ratings`, typed or sent by a user, lie within the bounds of the model's ratings. If no model of
  /// the version predicts ratings and values are ignored, ratings below 0 are refused: they are meant as dislikes but
  /// would count as likes.
  package func check(_ ratings: [GivenRating]) throws(RecommendingError) {
    func bad(_ problem: String, _ remedy: String) -> RecommendingError {
      RecommendingError(.badRating, problem, place: model.path, remedy: remedy)
    }
    guard
      let predicting = [predictor, model].compactMap(\.self).first(where: \.predictsRatings)
    else {
      guard model.ratedValues == .ignored, let rating = ratings.first(where: { $0.value < 0 })
      else { return }
      throw bad(
        "\(rating.value) would count as a like: a model of kind \(model.kind) uses which items were rated, not the values",
        "Leave out disliked items.")
    }
    guard let bounds = predicting.ratingBounds else { return }
    let transform = predicting.transform
    for rating in ratings where transform(rating.value).map(bounds.contains) != true {
      let ends = [bounds.lowerBound, bounds.upperBound].map {
        String(format: "%.6g", transform.inverse($0))
      }
      throw bad(
        "\(rating.value) is not a rating of this model: its ratings range from \(ends[0]) to \(ends[1])",
        "Give a rating in this range.")
    }
  }

  /// Far above any count, and low enough for products.
  private static var valueLimit: Float { 1e9 }
}
