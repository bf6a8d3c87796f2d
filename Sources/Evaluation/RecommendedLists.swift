import Interactions
package import Ratings
import Recommenders

/// A model's recommendation lists for the users of the training part who also have held-out ratings.
///
/// For every model, a list ranks the whole catalogue except the items of the user's training part. A user unknown to
/// the model gets the fallback for unknown users: the popular items.
package struct RecommendedLists: Sendable {
  /// The users' rows in the training part, ascending.
  package let users: [UserIndex]
  /// The items of each user's list, best first, by their rows in the model.
  package let items: [[ItemIndex]]
  /// For each of the model's items, the fraction of the training part's users who rated it, counting at least one user.
  package let popularity: [Double]
  /// The model's row of each of the held-out part's items; nil if the model does not know it.
  private let heldOutItems: [ItemIndex?]

  /// Makes the lists of `recommender`, with up to `length` items each. Nil if there are no users to make them for. The
  /// result is bit-identical for every `threadCount`.
  init?(by recommender: Recommender, on ratings: SplitRatings, length: Int, threadCount: Int) {
    let (training, heldOut) = (ratings.training, ratings.heldOut)
    var users: [UserIndex] = []
    for user in heldOut.users where user != HeldOutRatings.unknown {
      if users.last != UserIndex(user) { users.append(UserIndex(user)) }
    }
    guard !users.isEmpty else { return nil }
    let model = recommender.model
    let rows = ModelRows(of: training, in: model)
    @Sendable func filter(_ user: UserIndex) -> CandidateFilter {
      let rated = training.positions(of: user).compactMap { rows.items[Int(training.items[$0])] }
      return CandidateFilter.all.excluding(rated)
    }
    let known = users.indices.filter { rows.users[users[$0].position] != nil }
    let recommended = recommender.recommend(
      queryCount: known.count, count: length, threadCount: threadCount
    ) { [users] query in
      let user = users[known[query]]
      return (model.user(at: rows.users[user.position]), filter(user))
    }
    var items = [[ItemIndex]](repeating: [], count: users.count)
    for (position, list) in zip(known, recommended) { items[position] = list.map(\.item) }
    for position in users.indices where rows.users[users[position].position] == nil {
      items[position] = recommender.popular(count: length, filter: filter(users[position]))
        .map(\.item)
    }
    var counts = [UInt32](repeating: 1, count: model.itemCount)
    for (row, count) in zip(rows.items, training.itemRatingCounts()) {
      if let row { counts[row.position] = count }
    }
    popularity = counts.map { Double($0) / Double(training.userCount) }
    heldOutItems = ModelRows.items(of: heldOut.ratings, in: model)
    self.users = users
    self.items = items
  }

  /// Returns the lists of the users of the held-out ratings at `positions`, which must ascend, compared with those
  /// ratings only. Held-out items unknown to the model count as misses. Nil if there are no users to evaluate.
  func judged(on heldOut: HeldOutRatings, at positions: some Sequence<Int>) -> JudgedLists? {
    var lists: [JudgedList] = []
    var place = 0
    var (relevant, count) = (Set<ItemIndex>(), 0)
    func close() {
      guard count > 0 else { return }
      lists.append(
        JudgedList(
          items: items[place], heldOut: relevant, heldOutCount: count,
          popularity: items[place].map { popularity[$0.position] }))
      (relevant, count) = ([], 0)
    }
    for position in positions where heldOut.users[position] != HeldOutRatings.unknown {
      let user = UserIndex(heldOut.users[position])
      if users[place] != user {
        close()
        while users[place] != user { place += 1 }
      }
      count += 1
      if let item = heldOutItems[Int(heldOut.ratings.items[position])] { relevant.insert(item) }
    }
    close()
    return lists.isEmpty ? nil : JudgedLists(lists: lists, itemCount: popularity.count)
  }
}
