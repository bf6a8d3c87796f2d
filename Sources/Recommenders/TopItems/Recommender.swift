package import Ratings
import Synchronization

/// An item in a list and how well it does there.
package struct ScoredItem: Hashable, Sendable {
  package let item: ItemIndex
  /// The predicted rating in recommendations and lists by popularity, the cosine among similar
  /// items.
  package let score: Float

  package init(item: ItemIndex, score: Float) {
    self.item = item
    self.score = score
  }
}

/// Finds the best items of a model: what a user should see next, what is popular, what is alike.
///
///     let recommender = Recommender(model: model)
///     let user = model.user(at: row)
///     let films = recommender.recommend(for: user, count: 10, filter: .unrated(by: user))
///
/// All lists are exact: the best of the whole catalogue by the model's own score
/// (``ScoredModel/score(for:item:)``), to the last bit, and among equal scores the lower row first.
/// They hold exactly as many items as were asked for unless the filter leaves fewer.
///
/// A recommender begins with a plain scan. Where the model offers an index (``ItemScreen``, a third of
/// the size of the item factors) and the catalogue has ``screenedCatalogueSize`` items and more, it
/// makes look-ups many times faster; it is made by ``prepare()``, by the first batch, or on its own in
/// the background after ``plainLookupLimit`` look-ups. Lists are the same before and after.
package final class Recommender: Sendable {
  /// Catalogues below this size are scanned plainly.
  package static let screenedCatalogueSize = 256
  /// After so many plain look-ups the index is made in the background. A program that asks a question
  /// or two is spared the work.
  package static let plainLookupLimit = 4
  /// Users that share a pass over the catalogue: their factors stay in the second-level cache.
  private static let usersPerPass = 96
  /// Items whose scores are asked for at a time.
  private static let itemsPerPass = 1024

  /// Whose best items are sought, among which.
  package typealias Query = (user: UserVector, filter: CandidateFilter)

  /// The model that lists come from.
  package let model: any ScoredModel

  private enum Screen {
    /// Not made yet; so many plain look-ups so far.
    case pending(lookups: Int)
    case ready(ItemScreen)
    /// The catalogue is small, or the model has none.
    case none
  }
  private let screen: Mutex<Screen>
  /// Held while the index is made, so that it is made once and others wait for it.
  private let making = Mutex(())

  /// A recommender over `model`. Reads nothing.
  package init(model: any ScoredModel) {
    self.model = model
    let isLarge = model.itemCount >= Self.screenedCatalogueSize
    screen = Mutex(model.ranking == .score && isLarge ? .pending(lookups: 0) : .none)
  }

  /// Makes the index now if there is to be one, and what else the model computes once for all users:
  /// reads all items once. A daemon calls this before it takes a model into service, off its event
  /// loops.
  package func prepare() {
    model.prepareScores()
    making.withLock { _ in
      guard screen.withLock({ if case .pending = $0 { true } else { false } }) else { return }
      let made = model.makeItemScreen()
      screen.withLock { $0 = made.map { .ready($0) } ?? .none }
    }
  }

  /// The index, if it is there; else the look-up is counted, and at the last that is to be plain the
  /// index is made in the background.
  private func screenForLookup() -> ItemScreen? {
    let (ready, isDue) = screen.withLock { screen -> (ItemScreen?, Bool) in
      switch screen {
      case .ready(let screen): return (screen, false)
      case .pending(let lookups):
        screen = .pending(lookups: lookups + 1)
        return (nil, lookups + 1 == Self.plainLookupLimit)
      case .none: return (nil, false)
      }
    }
    if isDue { Task.detached(priority: .utility) { self.prepare() } }
    return ready
  }

  // MARK: - Lists

  /// The best `count` items for `user` that `filter` admits, best first, with their predicted ratings.
  /// From a model that ranks by popularity the most rated items. Traps when the user's vector is not of
  /// the model's length, or `count` is negative.
  package func recommend(
    for user: UserVector, count: Int, filter: CandidateFilter
  ) -> [ScoredItem] {
    lists(for: [(user, filter)], count: count, by: screenForLookup())[0]
  }

  /// ``recommend(for:count:filter:)`` for `queryCount` users at once on up to `threadCount` threads:
  /// `query` returns whose list is sought at a position, and among which items. The lists are in order,
  /// and the same, bit for bit, as one by one.
  package func recommend(
    queryCount: Int, count: Int, threadCount: Int, _ query: @Sendable (Int) -> Query
  ) -> [[ScoredItem]] {
    prepare()
    let made = screen.withLock { screen -> ItemScreen? in
      if case .ready(let screen) = screen { screen } else { nil }
    }
    return inParallelChunks(
      of: queryCount, chunkSize: Self.usersPerPass, threadCount: threadCount
    ) { lists(for: $0.map(query), count: count, by: made) }.flatMap(\.self)
  }

  private func lists(
    for queries: [Query], count: Int, by screen: ItemScreen?
  ) -> [[ScoredItem]] {
    precondition(count >= 0)
    if model.ranking == .popularity {
      return queries.map { popular(count: count, for: $0.user, filter: $0.filter) }
    }
    let count = min(count, model.itemCount)
    guard count > 0 else { return Array(repeating: [], count: queries.count) }
    let candidates = screen?.candidates(for: queries, count: count)
    return queries.enumerated().map { position, query in
      if let rows = candidates?[position] { return best(of: rows, for: query.user, count: count) }
      return scan(query, count: count)
    }
  }

  /// The best of `rows`, by their exact scores.
  private func best(of rows: [UInt32], for user: UserVector, count: Int) -> [ScoredItem] {
    var top = TopSelection(count: count, filter: .all)
    for (row, score) in zip(rows, model.scores(for: user, ofRows: rows)) {
      top.consider(row, score: Double(score))
    }
    return predictions(top, for: user)
  }

  /// Scores every item.
  private func scan(_ query: Query, count: Int) -> [ScoredItem] {
    let itemCount = model.itemCount
    var top = TopSelection(count: count, filter: query.filter)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.itemsPerPass) { memory in
      for start in stride(from: 0, to: itemCount, by: Self.itemsPerPass) {
        let items = start..<min(start + Self.itemsPerPass, itemCount)
        let scores = UnsafeMutableBufferPointer(rebasing: memory[..<items.count])
        model.writeScores(for: query.user, of: items, to: scores)
        for (place, row) in items.enumerated() {
          top.consider(UInt32(row), score: Double(scores[place]))
        }
      }
    }
    return predictions(top, for: query.user)
  }

  /// The `count` items with the most ratings that `filter` admits, among equals the lower row first;
  /// each with what is predicted for `user`, or for one of whom nothing is known. O(items).
  package func popular(
    count: Int, for user: UserVector? = nil, filter: CandidateFilter = .all
  ) -> [ScoredItem] {
    precondition(count >= 0)
    var top = TopSelection(count: min(count, model.itemCount), filter: filter)
    model.catalogue.withItemRatingCounts { counts in
      for row in counts.indices { top.consider(UInt32(row), score: Double(counts[row])) }
    }
    return predictions(top, for: user ?? model.user(at: nil))
  }

  /// The rows selected, with their predicted ratings.
  private func predictions(_ top: consuming TopSelection, for user: UserVector) -> [ScoredItem] {
    let rows = top.ranked().map(\.row)
    return zip(rows, model.scores(for: user, ofRows: rows)).map { row, score in
      ScoredItem(item: ItemIndex(row), score: model.outputRange?.sigmoid(score) ?? score)
    }
  }
}
