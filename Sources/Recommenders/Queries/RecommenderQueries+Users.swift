package import Ratings

extension RecommenderQueries {
  /// Returns the `count` users most similar to `user`; see ``Recommender/similarUsers(to:but:count:)``. Throws
  /// `unknownUser`.
  package func similarUsers(
    to user: String, count: Int
  ) throws(RecommendingError) -> SimilarUsers {
    let id = try userID(user)
    guard let row = model.users.index(of: id) else {
      throw unknown(id, .unknownUser, "user", among: model.users)
    }
    return try similarUsers(to: model.user(at: row), called: id, count: count)
  }

  /// Returns the `count` users most similar to `user`, who left `ratings`, without `user`. Throws as
  /// ``recommend(of:for:_:)`` does, and `unknownUser` if the model knows none of the items.
  package func similarUsers(
    of ratings: [GivenRating], for user: String, count: Int
  ) throws(RecommendingError) -> SimilarUsers {
    let id = try userID(user)
    let rows = try rows(of: ratings, in: model)
    guard !rows.isEmpty else { throw unknown(id, .unknownUser, "user", among: model.users) }
    return try similarUsers(to: try model.user(of: rows), called: id, count: count)
  }

  private func similarUsers(
    to user: UserVector, called id: UserID, count: Int
  ) throws(RecommendingError) -> SimilarUsers {
    let own = Set(user.ratedItems)
    let row = model.users.index(of: id)
    return SimilarUsers(
      user: id, similarity: recommender.userSimilarity,
      users: try recommender.similarUsers(to: user, but: row, count: count).map {
        (found) throws(RecommendingError) in
        let (shared, count) = model.catalogue.withRatedItems(by: found.user) { rows in
          (rows.count { own.contains($0) }, rows.count)
        }
        return RankedUser(
          id: model.users.identifier(at: found.user), ratingCount: count, sharedCount: shared,
          score: try finite(found.score))
      })
  }

  /// Returns whether the model, trained on the data as of `trained` (ISO 8601, UTC), is out of date with respect to a
  /// user's ratings.
  ///
  /// `ratings` are all the ratings that `user` has left, or the newest ``ratingLimit``. `newest` is the time of the
  /// last one, if known. The model is out of date if a rating was left later, if it has not learned one of an item it
  /// knows, or if it has learned one that was withdrawn.
  package func isOutdated(
    by ratings: [GivenRating], of user: String, newest: Timestamp?, since trained: String
  ) -> Bool {
    if let newest, newest.description > trained { return true }
    let row = UserID(user, as: model.users.type).flatMap { model.users.index(of: $0) }
    let own = Set(row.map { model.user(at: $0).ratedItems } ?? [])
    let left = Set(ratings.compactMap { model.items.index(of: $0.item)?.rawValue })
    return !left.isSubset(of: own)
      || ratings.count < Self.ratingLimit && !own.isSubset(of: left)
  }
}
