import Errors
import Ratings

extension RecommenderQueries {
  /// Why `item` stands where it does for `user`, with at most `count` of the user's ratings for each of its
  /// scores. `ratings` are the user's, with their values; nil where they are not at hand.
  ///
  /// Throws `modelWithoutTerms` where no model of the version has terms, and as ``predict(user:item:)`` does.
  package func explain(
    user: String, item: String, count: Int, ratings: [GivenRating]? = nil
  ) throws(RecommendingError) -> Explanation {
    let userID = try userID(user)
    let (itemID, itemRow) = try knownItem(item)
    guard model.users.index(of: userID) != nil || predictor?.users.index(of: userID) != nil else {
      throw unknown(userID, .unknownUser, "user", among: model.users)
    }
    var prediction: ExplainedPrediction?
    if let predicting = [predictor, model].compactMap(\.self).first(where: \.predictsRatings),
      let row = predicting.items.index(of: itemID),
      let userRow = predicting.users.index(of: userID)
    {
      let vector = predicting.user(at: userRow)
      if let terms = predicting.terms(for: vector, item: row) {
        prediction = ExplainedPrediction(
          kind: predicting.kind, rating: try finite(predicting.rating(for: vector, item: row)),
          interval: predicting.ratingInterval(for: userRow, item: row),
          transform: predicting.transform,
          transformed: try finite(predicting.predict(for: vector, item: row)), terms: terms,
          shares: try shares(for: vector, ratings, in: row, by: predicting, count: count))
      }
    }
    var ranking: ExplainedRanking?
    if !model.predictsRatings, model.explainsScores, let userRow = model.users.index(of: userID) {
      let vector = model.user(at: userRow)
      ranking = ExplainedRanking(
        kind: model.kind, score: try finite(model.score(for: vector, item: itemRow)),
        shares: try shares(for: vector, ratings, in: itemRow, by: model, count: count))
    }
    let ratingCount = ranksByPopularity ? model.ratingCount(of: itemRow) : nil
    guard prediction != nil || ranking != nil || ratingCount != nil else {
      throw RecommendingError(
        .modelWithoutTerms,
        "a model of kind \(model.kind) does not say what its scores are made of",
        place: model.path, remedy: "Ask a model of factors, or of weights between items.")
    }
    return Explanation(
      user: userID, item: itemID, title: model.title(of: itemRow), prediction: prediction,
      ranking: ranking, ratingCount: ratingCount)
  }

  /// The `count` largest shares of a user's ratings in the score of an item; nil where they can't be told.
  private func shares(
    for user: UserVector, _ ratings: [GivenRating]?, in item: ItemIndex, by model: any ScoredModel,
    count: Int
  ) throws(RecommendingError) -> [ExplainedShare]? {
    let own = try ratings.map { ratings throws(RecommendingError) in
      try rows(of: ratings, in: model)
    }
    guard let shares = try model.shares(for: user, of: own, in: item) else { return nil }
    return try shares.filter { $0.amount != 0 }
      .sorted { (abs($0.amount), $1.item) > (abs($1.amount), $0.item) }.prefix(count)
      .map { share throws(RecommendingError) in
        let row = ItemIndex(share.item)
        return ExplainedShare(
          item: model.items.identifier(at: row), title: model.title(of: row),
          amount: try finite(share.amount))
      }
  }
}
