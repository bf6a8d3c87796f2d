import Errors
import Ratings

extension RecommenderQueries {
  /// Explains the rank of `item` for `user`, with at most `count` of the user's ratings per score. `ratings` are the
  /// user's, with their values; nil if they are not available.
  ///
  /// Throws `modelWithoutTerms` if no model of the version has terms, and otherwise as ``predict(user:item:)`` does.
  package func explain(
    user: String, item: String, count: Int, ratings: [GivenRating]? = nil
  ) throws(RecommendingError) -> Explanation {
    let id = try userID(user)
    return try explain(id, item, count: count, ratings) { model throws(RecommendingError) in
      model.users.index(of: id).map { model.user(at: $0) }
    }
  }

  /// Explains the rank of `item` for `user`, who left `ratings`. Throws as ``explain(user:item:count:ratings:)`` and
  /// ``predict(of:for:item:)`` do.
  package func explain(
    of ratings: [GivenRating], for user: String, item: String, count: Int
  ) throws(RecommendingError) -> Explanation {
    try explain(try userID(user), item, count: count, ratings) { model throws(RecommendingError) in
      let own = try rows(of: ratings, in: model)
      return own.isEmpty ? nil : try model.user(of: own)
    }
  }

  /// Explains a score for `user`. `vector` returns the user as a model sees them, or nil if the model does not know
  /// them.
  private func explain(
    _ user: UserID, _ item: String, count: Int, _ ratings: [GivenRating]?,
    vector: (any ScoredModel) throws(RecommendingError) -> UserVector?
  ) throws(RecommendingError) -> Explanation {
    let (itemID, itemRow) = try knownItem(item)
    var isKnown = false
    var prediction: ExplainedPrediction?
    if let predicting = [predictor, model].compactMap(\.self).first(where: \.predictsRatings),
      let row = predicting.items.index(of: itemID), let vector = try vector(predicting)
    {
      isKnown = true
      if let terms = predicting.terms(for: vector, item: row) {
        prediction = ExplainedPrediction(
          kind: predicting.kind, rating: try finite(predicting.rating(for: vector, item: row)),
          interval: predicting.ratingInterval(
            around: predicting.unboundedPrediction(for: vector, item: row),
            user: predicting.users.index(of: user), item: row),
          transform: predicting.transform,
          transformed: try finite(predicting.predict(for: vector, item: row)), terms: terms,
          shares: try shares(for: vector, ratings, in: row, by: predicting, count: count))
      }
    }
    var ranking: ExplainedRanking?
    if !model.predictsRatings, let vector = try vector(model) {
      isKnown = true
      if model.explainsScores {
        ranking = ExplainedRanking(
          kind: model.kind, score: try finite(model.score(for: vector, item: itemRow)),
          shares: try shares(for: vector, ratings, in: itemRow, by: model, count: count))
      }
    }
    guard isKnown || model.users.index(of: user) != nil else {
      throw unknown(user, .unknownUser, "user", among: model.users)
    }
    let ratingCount = ranksByPopularity ? model.ratingCount(of: itemRow) : nil
    guard prediction != nil || ranking != nil || ratingCount != nil else {
      throw RecommendingError(
        .modelWithoutTerms,
        "a model of kind \(model.kind) does not explain its scores",
        place: model.path, remedy: "Use a factor model or an item-item model.")
    }
    return Explanation(
      user: user, item: itemID, title: model.title(of: itemRow), prediction: prediction,
      ranking: ranking, ratingCount: ratingCount, isCold: model.catalogue.isCold(itemRow))
  }

  /// Returns the contributions of a user's ratings to the score of an item, the `count` largest individually, or nil
  /// if the model cannot tell.
  private func shares(
    for user: UserVector, _ ratings: [GivenRating]?, in item: ItemIndex, by model: any ScoredModel,
    count: Int
  ) throws(RecommendingError) -> ExplainedShares? {
    let own = try ratings.map { ratings throws(RecommendingError) in
      try rows(of: ratings, in: model)
    }
    guard let shares = try model.shares(for: user, of: own, in: item) else { return nil }
    let largest = try shares.filter { $0.amount != 0 }
      .sorted { (abs($0.amount), $1.item) > (abs($1.amount), $0.item) }.prefix(count)
      .map { share throws(RecommendingError) in
        let row = ItemIndex(share.item)
        return ExplainedShare(
          item: model.items.identifier(at: row), title: model.title(of: row),
          amount: try finite(share.amount))
      }
    let total = shares.reduce(0.0) { $0 + Double($1.amount) }
    return ExplainedShares(largest: largest, total: try finite(Float(total)))
  }
}
