package import Ratings
import TensorCore

extension Recommender {
  /// Users that share a pass over the catalogue: their factors stay in the second-level cache.
  private static let usersPerPass = 96

  /// ``recommend(for:count:includingRated:)`` for many users at once, in their order, on up to
  /// `threadCount` threads. The answers are the same, bit for bit, as one by one.
  package func recommend(
    for users: [UserIndex], count: Int, includingRated: Bool = false, threadCount: Int
  ) -> [[ScoredItem]] {
    topItems(for: users, count: count, threadCount: threadCount) { position in
      SortedRows(includingRated ? [] : self.ratedRows(of: users[position]))
    }
  }

  /// ``topItems(for:count:excluding:)`` for many users at once: `excluded` answers, for a position
  /// in `users`, the items to leave out.
  package func topItems(
    for users: [UserIndex], count: Int, threadCount: Int,
    excluding excluded: @Sendable (Int) -> [ItemIndex]
  ) -> [[ScoredItem]] {
    topItems(for: users, count: count, threadCount: threadCount) { position in
      SortedRows(excluded(position).map(\.rawValue))
    }
  }

  private func topItems(
    for users: [UserIndex], count: Int, threadCount: Int,
    excluding excluded: @Sendable (Int) -> SortedRows
  ) -> [[ScoredItem]] {
    precondition(count >= 0)
    prepare()
    let screen = readyScreen
    return ComputeContext(threadCount: threadCount).mapChunks(
      of: users.count, size: Self.usersPerPass
    ) { chunk in
      let own = Array(users[chunk])
      let rows = chunk.map(excluded)
      if let screen { return topItems(for: own, count: count, excluding: rows, by: screen) }
      return zip(own, rows).map { user, excluded in
        model.ranking == .popularity
          ? popular(count: count, for: user, excluding: excluded)
          : scan(for: user, count: count, excluding: excluded)
      }
    }.flatMap(\.self)
  }

  /// The best items for each of `users`: what the screen does not rule out is scored by the model.
  func topItems(
    for users: [UserIndex], count: Int, excluding excluded: [SortedRows], by screen: ItemScreen
  ) -> [[ScoredItem]] {
    let count = min(count, model.itemCount)
    guard count > 0 else { return Array(repeating: [], count: users.count) }
    var queries = ScreenQueries()
    let isScreened = zip(users, excluded).map { user, excluded in
      queries.add(user, of: screen.model, screen: screen, excluding: excluded)
    }
    var candidates = screen.candidates(for: queries, count: count).makeIterator()
    return users.indices.map { position in
      guard isScreened[position], let list = candidates.next() else {
        return scan(for: users[position], count: count, excluding: excluded[position])
      }
      var top = TopSelection(count: count)
      for row in list.remaining() {
        let score = screen.model.score(user: users[position], item: ItemIndex(row))
        top.consider(row, score: Double(score), unlessIn: SortedRows([]))
      }
      return predictions(top, for: users[position])
    }
  }
}
