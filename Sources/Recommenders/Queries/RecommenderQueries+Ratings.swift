import Errors
import Foundation
import Ratings

/// Questions of people whom the model was not trained on, or who have rated since: they are made of their
/// ratings.
extension RecommenderQueries {
  /// The most ratings that a question may come with.
  package static let ratingLimit = 1000

  /// The best items that `options` admit for who left `ratings`, without the items of these. The most popular ones, where the
  /// model knows none of the items. Items that it does not know are passed over.
  ///
  /// Throws `modelWithoutFoldIn` where the model that ranks can't; `badRating` where one is no rating of the model, or an
  /// item has several.
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

  /// The rating that the model expects for `item` of `user`, who left `ratings`; throws as ``predictedUser(_:of:)`` and
  /// ``predict(for:item:)`` do.
  package func predict(
    of ratings: [GivenRating], for user: String, item: String
  ) throws(RecommendingError) -> Prediction {
    try predict(for: try predictedUser(user, of: ratings), item: item)
  }

  /// `user`, who left `ratings`, as ratings are predicted of them. Throws as ``predictedUser(_:)`` does, where the model knows none of
  /// the items, and as ``recommend(of:for:_:)``.
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

  /// Who left `ratings`, as the model beside the one that ranks sees them; nil without one, and where that can't.
  private func prediction(of ratings: [GivenRating]) throws(RecommendingError) -> UserVector? {
    guard let predictor else { return nil }
    let own = try rows(of: ratings, in: predictor)
    guard !own.isEmpty else { return predictor.averageUser }
    do throws(RecommendingError) { return try predictor.user(of: own) } catch {
      guard error.code == .modelWithoutFoldIn else { throw error }
      return nil
    }
  }

  /// `ratings` by the rows of `model`, without those of items that it does not know.
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
        throw bad("\(rating.value) is no rating of this model", "Give a number such as 4.")
      }
      guard rating.value >= 0 || model.ratedValues != .confidences else {
        throw bad(
          "\(rating.value) is no confidence, and this model takes ratings for such",
          "Give a number from 0, or leave the item out.")
      }
      guard let item = model.items.index(of: rating.item) else { continue }
      guard let learned = model.transform(rating.value) else {
        throw bad("\(rating.value) is no rating of this model", "Give a number above 0.")
      }
      rows.append(ItemRating(item: item, value: learned))
    }
    return rows
  }

  /// A rating as a client sends it. Throws `invalidIdentifier` and `badRating`.
  package func rating(item: String, value: String) throws(RecommendingError) -> GivenRating {
    let id: ItemID = try identifier(item, as: model.items.type, "an", "item")
    guard let number = Float(decimal: value) else {
      throw RecommendingError(
        .badRating, "'\(Excerpt.of(value))' is no rating", place: model.path,
        remedy: "Give a number such as 4.")
    }
    return GivenRating(item: id, value: number)
  }

  /// Throws unless `ratings`, which somebody typed or sent, lie where the ratings of the model do. Of a version that predicts none, those below 0 are refused
  /// where values are ignored: what was meant as dislike would count as liking.
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
        "\(rating.value) would count as liking: a model of kind \(model.kind) goes by which items were rated, not by the values",
        "Leave out what they did not like.")
    }
    guard let bounds = predicting.ratingBounds else { return }
    let transform = predicting.transform
    for rating in ratings where transform(rating.value).map(bounds.contains) != true {
      let ends = [bounds.lowerBound, bounds.upperBound].map {
        String(format: "%.6g", transform.inverse($0))
      }
      throw bad(
        "\(rating.value) is no rating of this model: they go from \(ends[0]) to \(ends[1])",
        "Rate within these.")
    }
  }

  /// Far above any count, and low enough for products of it.
  private static var valueLimit: Float { 1e9 }
}
