import Interactions
import Ratings
import Recommenders

/// The users whose lists are judged, in the rows of the model that is judged.
struct JudgedUsers {
  /// One user.
  struct User: Sendable {
    /// nil when the model does not know the user.
    var row: UserIndex?
    /// Held-out items that the model knows.
    var heldOutItems: Set<ItemIndex> = []
    /// All held-out items.
    var heldOutCount = 0
    /// Items of the training part that the model knows: not to be listed.
    var excluded: [ItemIndex]
  }

  /// In the order of the training part's rows.
  private(set) var users: [User] = []

  /// The users of the training part of `ratings` that have held-out ratings too.
  init(_ ratings: SplitRatings, model: any ScoredModel) {
    let (training, heldOut) = (ratings.training, ratings.heldOut)
    let trainingRows = ModelRows(of: training, in: model)
    let heldOutRows = ModelRows(of: heldOut.ratings, in: model)
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
  }

  /// The lists that `recommender` makes for the users.
  func lists(by recommender: Recommender, length: Int, threadCount: Int) -> [[ItemIndex]] {
    let known = users.indices.filter { users[$0].row != nil }
    let model = recommender.model
    var lists = [[ItemIndex]](repeating: [], count: users.count)
    let answers = recommender.recommend(
      queryCount: known.count, count: length, threadCount: threadCount
    ) { query in
      let user = users[known[query]]
      return (model.user(at: user.row), CandidateFilter.all.excluding(user.excluded))
    }
    for (position, answer) in zip(known, answers) { lists[position] = answer.map(\.item) }
    for position in users.indices where users[position].row == nil {
      lists[position] = recommender.popular(
        count: length, filter: .all.excluding(users[position].excluded)
      ).map(\.item)
    }
    return lists
  }
}
