package import Ratings
import Synchronization
import TensorCore

/// An item in a list and how well it does there.
package struct ScoredItem: Hashable, Sendable {
  package let item: ItemIndex
  /// The predicted rating in recommendations and lists by popularity; from a model that predicts none,
  /// what the list is ranked by, the score or the number of ratings. The cosine among similar items.
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
/// the background after ``ScreenOnDemand/lookupLimit`` look-ups. Lists are the same before and after.
package final class Recommender: Sendable {
  /// Catalogues below this size are scanned plainly.
  package static let screenedCatalogueSize = 256
  /// Users that share a pass over the catalogue: their factors stay in the second-level cache.
  private static let usersPerPass = 96
  /// Where a filter admits at most one item in so many, these are scored one by one.
  static let fewItemsShare = 64
  /// Items whose scores are asked for at a time.
  private static let itemsPerPass = 1024

  /// Whose best items are sought, among which.
  package typealias Query = (user: UserVector, filter: CandidateFilter)

  /// The model that lists come from.
  package let model: any ScoredModel

  private let screen: ScreenOnDemand
  private let ratersOfItems = Mutex<CoRatings?>(nil)

  /// A recommender over `model`. Reads nothing.
  package init(model: any ScoredModel) {
    self.model = model
    let isLarge = model.itemCount >= Self.screenedCatalogueSize
    screen = ScreenOnDemand(isWanted: model.ranking != .popularity && isLarge) {
      model.makeItemScreen(of: nil)
    }
  }

  /// Makes the index now if there is to be one, and what else the model computes once for all users:
  /// reads all items once. A daemon calls this before it takes a model into service, off its event
  /// loops.
  package func prepare() {
    model.prepareScores()
    screen.prepare()
  }

  /// Makes now what ``similar(to:count:minimumRatings:filter:)`` needs once for all items.
  package func prepareSimilar() {
    if itemSimilarity == .coRatings { _ = coRatings }
  }

  /// Who has rated each item, which is found out when it is first asked for; others wait for it.
  var coRatings: CoRatings {
    ratersOfItems.withLock { raters in
      let made = raters ?? CoRatings(of: model.catalogue)
      raters = made
      return made
    }
  }

  // MARK: - Lists

  /// The best `count` items for `user` that `filter` admits, best first, with what is
  /// predicted for them. From a model that ranks by popularity the most rated items. Traps when the user's vector is not of
  /// the model's length, or `count` is negative.
  package func recommend(
    for user: UserVector, count: Int, filter: CandidateFilter, reranking: Reranking = Reranking()
  ) -> [ScoredItem] {
    lists(for: [(user, filter)], count: count, reranking, by: screen.forLookup())[0]
  }

  /// ``recommend(for:count:filter:)`` for `queryCount` users at once on up to `threadCount` threads:
  /// `query` returns whose list is sought at a position, and among which items. The lists are in order,
  /// and the same, bit for bit, as one by one.
  package func recommend(
    queryCount: Int, count: Int, threadCount: Int, _ query: @Sendable (Int) -> Query
  ) -> [[ScoredItem]] {
    recommend(queryCount: queryCount, count: count, threadCount: threadCount, query) { _, lists in
      lists
    }.flatMap(\.self)
  }

  /// The same lists as `transform` makes them something else, on the same threads: it is handed the lists
  /// of some users, and their positions. What it returns is in order.
  package func recommend<Piece: Sendable>(
    queryCount: Int, count: Int, reranking: Reranking = Reranking(), threadCount: Int,
    _ query: @Sendable (Int) -> Query,
    transform: @Sendable (Range<Int>, [[ScoredItem]]) -> Piece
  ) -> [Piece] {
    prepare()
    let made = screen.ready
    return ComputeContext(threadCount: threadCount).mapChunks(
      of: queryCount, size: Self.usersPerPass
    ) { transform($0, lists(for: $0.map(query), count: count, reranking, by: made)) }
  }

  private func lists(
    for queries: [Query], count: Int, _ reranking: Reranking, by screen: ItemScreen?
  ) -> [[ScoredItem]] {
    let lists = lists(for: queries, count: reranking.poolSize(for: count), by: screen)
    guard !reranking.isNone else { return lists }
    return lists.map {
      reranked($0, count: count, reranking, isByPopularity: model.ranking == .popularity)
    }
  }

  /// The best `count` of a pool, which is in order of the scores, or of the numbers of ratings.
  private func reranked(
    _ pool: [ScoredItem], count: Int, _ reranking: Reranking, isByPopularity: Bool
  ) -> [ScoredItem] {
    let counts = pool.map { model.ratingCount(of: $0.item) }
    let similarity =
      reranking.diversity > 0 ? PoolSimilarity(pool.map(\.item.rawValue), of: model) : nil
    return reranking.places(
      count: count,
      scores: isByPopularity ? counts.map(Double.init) : pool.map { Double($0.score) },
      counts: counts
    ) { similarity?.write(of: $0, to: &$1) }.map { pool[$0] }
  }

  /// Whether items can be told apart by how alike they are, as ``Reranking/diversity`` asks.
  package var knowsSimilarity: Bool { PoolSimilarity.isKnown(in: model) }

  private func lists(
    for queries: [Query], count: Int, by screen: ItemScreen?
  ) -> [[ScoredItem]] {
    precondition(count >= 0)
    if model.ranking == .popularity {
      return queries.map { popular(count: count, for: $0.user, filter: $0.filter) }
    }
    let count = min(count, model.itemCount)
    guard count > 0 else { return Array(repeating: [], count: queries.count) }
    guard let screen = screen.map({ narrowest(queries, instead: $0) }) else {
      return queries.map { scan($0, count: count) }
    }
    // So few that scoring them takes less than the index does.
    let few = queries.map {
      $0.filter.rows(of: model.itemCount, ifAtMost: model.itemCount / Self.fewItemsShare)
    }
    let others = queries.indices.filter { few[$0] == nil }
    var candidates = screen.candidates(for: others.map { queries[$0] }, count: count)
      .makeIterator()
    return queries.indices.map { position in
      let query = queries[position]
      guard let rows = few[position] ?? candidates.next().flatMap(\.self) else {
        return scan(query, count: count)
      }
      return best(of: rows, for: query.user, count: count)
    }
  }

  /// The index of the selection that all of `queries` are about, where that has one.
  private func narrowest(_ queries: [Query], instead screen: ItemScreen) -> ItemScreen {
    guard let selection = queries.first?.filter.selection,
      queries.allSatisfy({ $0.filter.selection === selection })
    else { return screen }
    return selection.screen.forLookup() ?? screen
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
  /// each with what is predicted for `user`, or for the average one; from a model that
  /// predicts nothing, with their numbers of ratings. O(items).
  package func popular(
    count: Int, for user: UserVector? = nil, filter: CandidateFilter = .all,
    reranking: Reranking
  ) -> [ScoredItem] {
    let pool = popular(count: reranking.poolSize(for: count), for: user, filter: filter)
    return reranking.isNone
      ? pool : reranked(pool, count: count, reranking, isByPopularity: true)
  }

  /// The same in the order of their numbers of ratings.
  package func popular(
    count: Int, for user: UserVector? = nil, filter: CandidateFilter = .all
  ) -> [ScoredItem] {
    precondition(count >= 0)
    var top = TopSelection(count: min(count, model.itemCount), filter: filter)
    model.catalogue.withItemRatingCounts { counts in
      for row in counts.indices { top.consider(UInt32(row), score: Double(counts[row])) }
    }
    guard model.predictsRatings else {
      return top.ranked().map { ScoredItem(item: ItemIndex($0.row), score: Float($0.score)) }
    }
    return predictions(top, for: user ?? model.averageUser)
  }

  /// The rows selected, with their predicted ratings.
  private func predictions(_ top: consuming TopSelection, for user: UserVector) -> [ScoredItem] {
    let rows = top.ranked().map(\.row)
    let reading = model.scoreReading
    return zip(rows, model.scores(for: user, ofRows: rows)).map { row, score in
      ScoredItem(item: ItemIndex(row), score: reading.rating(score))
    }
  }
}
