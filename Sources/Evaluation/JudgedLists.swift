package import Interactions
import Ratings
package import Recommenders

/// The lists of recommended items that a model makes for all users who have held-out ratings.
///
/// Judged are the users of the training part who have held-out ratings. A list is made over the whole
/// catalogue and leaves out the items of the user's training part, for every model alike. A user whom
/// the model does not know gets what such a user would get: the popular items. Held-out items that
/// the model does not know count as missed.
package struct JudgedLists: Sendable {
  /// One a user.
  package let lists: [JudgedList]
  /// The number of items in the model's catalogue.
  package let itemCount: Int

  /// The lists that `recommender` makes, with up to `length` items each. Nil when there is nobody to
  /// judge. The same to the bit whatever `threadCount` is.
  package init?(
    by recommender: Recommender, on ratings: SplitRatings, length: Int, threadCount: Int
  ) {
    let users = Self.users(of: ratings, in: recommender.model)
    guard !users.isEmpty else { return nil }
    let known = users.indices.filter { users[$0].row != nil }
    var items = [[ItemIndex]](repeating: [], count: users.count)
    let model = recommender.model
    let recommended = recommender.recommend(
      queryCount: known.count, count: length, threadCount: threadCount
    ) { query in
      let user = users[known[query]]
      return (model.user(at: user.row), CandidateFilter.all.excluding(user.excluded))
    }
    for (position, list) in zip(known, recommended) { items[position] = list.map(\.item) }
    for position in users.indices where users[position].row == nil {
      items[position] = recommender.popular(
        count: length, filter: .all.excluding(users[position].excluded)
      ).map(\.item)
    }
    let popularity = Self.popularity(of: ratings.training, in: model)
    lists = zip(users, items).map { user, items in
      JudgedList(
        items: items, heldOut: user.heldOutItems, heldOutCount: user.heldOutCount,
        popularity: items.map { popularity[$0.position] })
    }
    itemCount = recommender.model.itemCount
  }

  /// For each row of the model the fraction of the training part's users who rated it, one user at least.
  private static func popularity(
    of training: InteractionTable, in model: any ScoredModel
  ) -> [Double] {
    var counts = [UInt32](repeating: 1, count: model.itemCount)
    for (row, count) in zip(ModelRows.items(of: training, in: model), training.itemRatingCounts()) {
      if let row { counts[row.position] = count }
    }
    return counts.map { Double($0) / Double(training.userCount) }
  }

  /// A user whose list is judged, in the rows of the model.
  private struct User: Sendable {
    /// nil when the model does not know the user.
    var row: UserIndex?
    /// Held-out items that the model knows.
    var heldOutItems: Set<ItemIndex> = []
    /// All held-out items.
    var heldOutCount = 0
    /// Items of the training part that the model knows: not to be listed.
    var excluded: [ItemIndex]
  }

  /// The users of the training part of `ratings` that have held-out ratings too, in the order of the
  /// training part's rows.
  private static func users(of ratings: SplitRatings, in model: any ScoredModel) -> [User] {
    let (training, heldOut) = (ratings.training, ratings.heldOut)
    let trainingRows = ModelRows(of: training, in: model)
    let heldOutRows = ModelRows(of: heldOut.ratings, in: model)
    var users: [User] = []
    var last = HeldOutRatings.unknown
    for position in 0..<heldOut.count where heldOut.users[position] != HeldOutRatings.unknown {
      let user = heldOut.users[position]
      if user != last {
        let known = training.positions(of: UserIndex(user))
        users.append(
          User(
            row: trainingRows.users[Int(user)],
            excluded: known.compactMap { trainingRows.items[Int(training.items[$0])] }))
        last = user
      }
      users[users.count - 1].heldOutCount += 1
      if let item = heldOutRows.items[Int(heldOut.ratings.items[position])] {
        users[users.count - 1].heldOutItems.insert(item)
      }
    }
    return users
  }
}
