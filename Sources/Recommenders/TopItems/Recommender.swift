package import Ratings
import Synchronization
import TensorCore

/// An item in a list, with its score.
package struct ScoredItem: Hashable, Sendable {
  package let item: ItemIndex
  /// The predicted rating in recommendations and lists by popularity; if the model does not predict ratings, what the
  /// list is ranked by, the score or the number of ratings. Among similar items, the similarity.
  package let score: Float

  package init(item: ItemIndex, score: Float) {
    self.item = item
    self.score = score
  }
}

/// Finds the best items of a model: recommendations, popular items and similar items.
///
///     let recommender = Recommender(model: model)
///     let user = model.user(at: row)
///     let films = recommender.recommend(for: user, count: 10, filter: .unrated(by: user))
///
/// All lists are exact: the best of the whole catalogue by the model's own score (``ScoredModel/score(for:item:)``),
/// bit for bit, with ties in ascending row order. They have exactly the requested number of items unless the filter
/// leaves fewer.
///
/// A recommender starts with a plain scan. If the model supports an index (``ItemScreen``, a third of the size of the
/// item factors) and the catalogue has at least ``screenedCatalogueSize`` items, the index makes lookups many times
/// faster. It is built by ``prepare()``, by the first batch, or in the background after
/// ``ScreenOnDemand/lookupLimit`` lookups. Lists are the same before and after.
package final class Recommender: Sendable {
  /// The size below which catalogues are scanned without an index.
  package static let screenedCatalogueSize = 256
  /// The number of users that share a pass over the catalogue: their factors stay in the L2 cache.
  private static let usersPerPass = 96
  /// If a filter admits at most one item in this many, these are scored individually.
  static let fewItemsShare = 64
  /// The number of items whose scores are requested at a time.
  private static let itemsPerPass = 1024

  /// A user, and the filter of the items to choose from.
  package typealias Query = (user: UserVector, filter: CandidateFilter)

  /// The model that determines the lists.
  package let model: any ScoredModel

  private let screen: ScreenOnDemand
  private let ratersOfItems = Mutex<CoRatings?>(nil)

  /// Creates a recommender for `model`. Reads nothing.
  package init(model: any ScoredModel) {
    self.model = model
    let isLarge = model.itemCount >= Self.screenedCatalogueSize
    screen = ScreenOnDemand(isWanted: model.ranking != .popularity && isLarge) {
      model.makeItemScreen(of: nil)
    }
  }

  /// Builds the index if there is to be one, and computes what the model needs once for all users. Reads all items
  /// once. A daemon calls this before it puts a model into service, outside its event loops.
  package func prepare() {
    model.prepareScores()
    screen.prepare()
  }

  /// Computes what ``similar(to:count:minimumRatings:filter:)`` needs once for all items.
  package func prepareSimilar() {
    if itemSimilarity == .coRatings { _ = coRatings }
  }

  /// The users who have rated each item, computed on first use. Concurrent callers wait.
  var coRatings: CoRatings {
    ratersOfItems.withLock { raters in
      let made = raters ?? CoRatings(of: model.catalogue)
      raters = made
      return made
    }
  }

  // MARK: - Lists

  /// Returns the best `count` items for `user` that `filter` admits, best first, with their predictions. A model that
  /// ranks by popularity returns the most rated items. Traps if the length of the user's vector is not the model's,
  /// or `count` is negative.
  package func recommend(
    for user: UserVector, count: Int, filter: CandidateFilter, reranking: Reranking = Reranking()
  ) -> [ScoredItem] {
    lists(for: [(user, filter)], count: count, reranking, by: screen.forLookup())[0]
  }

  /// Returns the lists of ``recommend(for:count:filter:)`` for `queryCount` users, computed on up to `threadCount`
  /// threads. `query` returns the user at a position, and the filter of the items. The lists are in order, and bit
  /// for bit the same as for single users.
  package func recommend(
    queryCount: Int, count: Int, threadCount: Int, _ query: @Sendable (Int) -> Query
  ) -> [[ScoredItem]] {
    recommend(queryCount: queryCount, count: count, threadCount: threadCount, query) { _, lists in
      lists
    }.flatMap(\.self)
  }

  /// Returns the same lists after mapping them by `transform` on the same threads. It receives the lists of several
  /// users, and their positions. The results are in order.
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

  /// Returns the best `count` of a pool that is ordered by score or by number of ratings.
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

  /// Whether the model knows the similarity of items, as ``Reranking/diversity`` requires.
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
    // So few that scoring them is cheaper than the index.
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

  /// Returns the index of the selection shared by all of `queries`, if it has one; otherwise `screen`.
  private func narrowest(_ queries: [Query], instead screen: ItemScreen) -> ItemScreen {
    guard let selection = queries.first?.filter.selection,
      queries.allSatisfy({ $0.filter.selection === selection })
    else { return screen }
    return selection.screen.forLookup() ?? screen
  }

  /// Returns the best of `rows`, by their exact scores.
  private func best(of rows: [UInt32], for user: UserVector, count: Int) -> [ScoredItem] {
    var top = TopSelection(count: count, filter: .all)
    for (row, score) in zip(rows, model.scores(for: user, ofRows: rows)) {
      top.consider(row, score: Double(score))
    }
    return predictions(top, for: user)
  }

  /// Scores every item and returns the best.
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

  /// Returns the `count` items with the most ratings that `filter` admits, with ties in ascending row order. Each has
  /// its prediction for `user`, or for the average user if that is nil, or its number of ratings if the model does
  /// not predict ratings. O(items).
  package func popular(
    count: Int, for user: UserVector? = nil, filter: CandidateFilter = .all,
    reranking: Reranking
  ) -> [ScoredItem] {
    let pool = popular(count: reranking.poolSize(for: count), for: user, filter: filter)
    return reranking.isNone
      ? pool : reranked(pool, count: count, reranking, isByPopularity: true)
  }

  /// Returns the same list in the order of the numbers of ratings.
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

  /// Returns the selected rows with their predicted ratings.
  private func predictions(_ top: consuming TopSelection, for user: UserVector) -> [ScoredItem] {
    let rows = top.ranked().map(\.row)
    let reading = model.scoreReading
    return zip(rows, model.scores(for: user, ofRows: rows)).map { row, score in
      ScoredItem(item: ItemIndex(row), score: reading.rating(score))
    }
  }
}
