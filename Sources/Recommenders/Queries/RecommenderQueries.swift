import BitCollections
import Errors
import ModelRegistry
import Ratings

/// Queries to a recommender by user and item ids. All front ends use this class, so that ids are parsed and errors
/// worded in the same way:
///
///     let queries = RecommenderQueries(Recommender(model: model))
///     let best = try queries.recommend(for: "7", ListOptions(count: 10))   // best.items[0].title
///     let rating = try queries.predict(user: "7", item: "42").rating
///
/// Throws a ``RecommendingError`` that names the id. Never returns a score that is not finite, which an unverified
/// file may produce.
package final class RecommenderQueries: Sendable {
  let recommender: Recommender
  let predictor: (any ScoredModel)?
  private let suggestsIdentifiers: Bool
  private let conditions: ConditionCache
  /// The only items that may be listed; nil for all.
  package let available: AvailableItems?
  /// The model that determines lists.
  package var model: any ScoredModel { recommender.model }

  /// Creates queries to `recommender`. Its model may only rank; `predictor` then predicts ratings. If ids are texts
  /// and it `suggestsIdentifiers`, errors for unknown ids suggest those closest in spelling, for which every id is
  /// examined.
  package init(
    _ recommender: Recommender, predictor: (any ScoredModel)? = nil,
    suggestsIdentifiers: Bool = false
  ) {
    self.recommender = recommender
    self.predictor = predictor
    self.suggestsIdentifiers = suggestsIdentifiers
    conditions = ConditionCache()
    available = nil
  }

  private init(_ other: RecommenderQueries, available: AvailableItems) {
    recommender = other.recommender
    predictor = other.predictor
    suggestsIdentifiers = other.suggestsIdentifiers
    conditions = other.conditions
    self.available = available
  }

  /// Returns the same queries with lists restricted to `items`. O(1).
  package func restricted(to items: AvailableItems) -> RecommenderQueries {
    RecommenderQueries(self, available: items)
  }

  /// Builds the indices for fast lookups, if there are to be any: see ``Recommender/prepare()``. Blocks.
  package func prepare() {
    recommender.prepare()
    recommender.prepareSimilar()
    model.catalogue.prepareConditions()
    available?.selection.screen.prepare()
    model.prepareFoldIn()
    predictor?.prepare()
    predictor?.prepareFoldIn()
  }

  /// Returns the best items for `user` that `options` admit. If the model does not know the user and it `fallsBack`,
  /// returns the most popular of these.
  package func recommend(
    for user: String, _ options: ListOptions, fallsBack: Bool = true
  ) throws(RecommendingError) -> RecommendedItems {
    let id = try userID(user)
    let filter = try filter(options)
    let row = model.users.index(of: id)
    guard row != nil || fallsBack else {
      throw unknown(id, .unknownUser, "user", among: model.users)
    }
    return try list(
      for: row.map { model.user(at: $0) }, called: id, options, filter,
      predictedBy: predicted(for: id))
  }

  /// Returns the best items for `user`, or the most popular if it is nil, among those that `filter` admits. Includes
  /// the ratings that the separate predictor expects of `predicted`.
  func list(
    for user: UserVector?, called id: UserID?, _ options: ListOptions, _ filter: CandidateFilter,
    predictedBy predicted: UserVector?
  ) throws(RecommendingError) -> RecommendedItems {
    let items =
      if let user {
        recommender.recommend(
          for: user, count: options.count,
          filter: options.includesRated ? filter : filter.excluding(ratedBy: user),
          reranking: options.reranking)
      } else {
        recommender.popular(count: options.count, filter: filter, reranking: options.reranking)
      }
    return RecommendedItems(
      user: id, isFallback: user == nil, isByPopularity: user == nil || ranksByPopularity,
      items: try ranked(
        items, predictedBy: predicted, hasScores: user != nil || model.predictsRatings))
  }

  /// Returns the lists of the users in `rows` after mapping them by `transform`, computed on up to `threadCount`
  /// threads. The results are in order.
  package func recommend<Piece: Sendable>(
    toRows rows: Range<Int>, _ options: ListOptions, threadCount: Int,
    _ transform: @Sendable ([RecommendedItems]) -> Piece
  ) throws(RecommendingError) -> [Piece] {
    let filter = try filter(options)
    filter.selection?.screen.prepare()
    let pieces: [Result<Piece, RecommendingError>] = recommender.recommend(
      queryCount: rows.count, count: options.count, reranking: options.reranking,
      threadCount: threadCount
    ) { position in
      let user = model.user(at: UserIndex(rows.lowerBound + position))
      return (user, options.includesRated ? filter : filter.excluding(ratedBy: user))
    } transform: { positions, lists in
      do throws(RecommendingError) {
        let lists = try zip(positions, lists).map { (position, list) throws(RecommendingError) in
          let id = model.users.identifier(at: UserIndex(rows.lowerBound + position))
          return RecommendedItems(
            user: id, isFallback: false, isByPopularity: ranksByPopularity,
            items: try ranked(list, predictedBy: predicted(for: id)))
        }
        return .success(transform(lists))
      } catch {
        return .failure(error)
      }
    }
    return try pieces.map { (piece) throws(RecommendingError) in try piece.get() }
  }

  /// Returns the text values in `condition` that no item has, with those closest in spelling.
  package func unknownValues(of condition: ItemCondition) -> [UnknownValue] {
    model.catalogue.unknownValues(of: condition)
  }

  /// The number of users that the model knows.
  package var userCount: Int { model.userCount }
  /// Whether lists are ranked by the number of ratings, whatever the user.
  package var ranksByPopularity: Bool { model.ranking == .popularity }
  /// Whether some items had no ratings in training and are known only by their content.
  package var knowsColdItems: Bool { model.catalogue.coldItemCount > 0 }
  /// Whether listed items have a predicted rating in addition to what ranks them.
  package var addsPredictions: Bool { predictor != nil }

  /// Returns the filter of the items that `options` admit, whatever the user.
  func filter(_ options: ListOptions) throws(RecommendingError) -> CandidateFilter {
    guard options.reranking.diversity == 0 || recommender.knowsSimilarity else {
      throw RecommendingError(
        .modelWithoutFactors,
        "a model of kind \(model.kind) has no item similarities", place: model.path,
        remedy: "Use no diversity, or a factor model.")
    }
    return try filter(options.filters)
  }

  private func filter(_ filters: ItemFilters) throws(RecommendingError) -> CandidateFilter {
    var filter = available.map { CandidateFilter.all.only($0.selection) } ?? .all
    if let only = filters.only {
      filter = filter.only(BitSet(try knownRows(only).map(\.position)))
    }
    if let condition = filters.condition {
      filter = filter.only(try conditions.items(of: condition, in: model))
    }
    return filters.excluded.isEmpty ? filter : filter.excluding(try knownRows(filters.excluded))
  }

  /// Returns the `count` items most similar to `item` that `filters` admit; see
  /// ``Recommender/similar(to:count:minimumRatings:filter:)``.
  package func similar(
    to item: String, count: Int, minimumRatings: Int = Recommender.defaultMinimumRatings,
    _ filters: ItemFilters = ItemFilters()
  ) throws(RecommendingError) -> SimilarItems {
    let (id, row) = try knownItem(item)
    return SimilarItems(
      item: id, title: model.title(of: row), similarity: recommender.itemSimilarity(to: row),
      items: try ranked(
        try recommender.similar(
          to: row, count: count, minimumRatings: minimumRatings, filter: filter(filters))))
  }

  /// Returns the predicted rating of `item` by `user`. Throws as ``predictedUser(_:)`` and ``predict(for:item:)`` do.
  package func predict(
    user: String, item: String
  ) throws(RecommendingError) -> Prediction {
    try predict(for: try predictedUser(user), item: item)
  }

  /// Returns `user` for predictions. Throws `unknownUser`, and `modelWithoutPredictions` if the model only ranks,
  /// since its scores are not ratings.
  package func predictedUser(_ user: String) throws(RecommendingError) -> PredictedUser {
    let model = predictor ?? model
    let id = try userID(user)
    try checkPredicts(model)
    guard let row = model.users.index(of: id) else {
      throw unknown(id, .unknownUser, "user", among: model.users)
    }
    return PredictedUser(id: id, vector: model.user(at: row), row: row)
  }

  /// Returns the predicted rating of `item` by `user`. Throws `unknownItem`.
  package func predict(
    for user: PredictedUser, item: String
  ) throws(RecommendingError) -> Prediction {
    let model = predictor ?? model
    let (itemID, itemRow) = try knownItem(item)
    let row = model.items.index(of: itemID)
    return Prediction(
      user: user.id, item: itemID, title: self.model.title(of: itemRow),
      rating: try finite(model.rating(for: user.vector, item: row)),
      interval: row.flatMap {
        model.ratingInterval(
          around: model.unboundedPrediction(for: user.vector, item: $0), user: user.row, item: $0)
      })
  }

  /// Throws `modelWithoutPredictions` if the model only ranks.
  func checkPredicts(_ model: any ScoredModel) throws(RecommendingError) {
    guard !model.predictsRatings else { return }
    throw RecommendingError(
      .modelWithoutPredictions,
      "a model of kind \(model.kind) ranks items and does not predict ratings", place: model.path,
      remedy: "Use a model that predicts ratings.")
  }

  /// Returns the user as the separate predictor knows them, or its average user, or nil without such a model.
  private func predicted(for user: UserID) -> UserVector? {
    predictor.map { predictor in
      predictor.users.index(of: user).map { predictor.user(at: $0) } ?? predictor.averageUser
    }
  }

  /// Returns `items` with their ids and titles, and with the ratings that the separate predictor expects of `user`;
  /// without ratings if that is nil.
  private func ranked(
    _ items: [ScoredItem], predictedBy user: UserVector? = nil, hasScores: Bool = true
  ) throws(RecommendingError) -> [RankedItem] {
    let reading = predictor?.scoreReading
    return try items.map { scored throws(RecommendingError) in
      let id = model.items.identifier(at: scored.item)
      var prediction: Float?
      if let predictor, let reading, let user {
        let score = predictor.score(for: user, item: predictor.items.index(of: id))
        prediction = try finite(reading.rating(score))
      }
      return RankedItem(
        id: id, title: model.title(of: scored.item),
        ratingCount: model.ratingCount(of: scored.item),
        isCold: knowsColdItems ? model.catalogue.isCold(scored.item) : nil,
        score: hasScores ? try finite(scored.score) : nil,
        prediction: prediction)
    }
  }

  func finite(_ score: Float) throws(RecommendingError) -> Float {
    guard score.isFinite else {
      throw RecommendingError(
        .damagedModel, "the model is damaged: a score is not a finite number", place: model.path,
        remedy: "Verify the file, and go back to an earlier version.")
    }
    return score
  }
}

// MARK: - Ids

extension RecommenderQueries {
  func userID(_ text: String) throws(RecommendingError) -> UserID {
    try identifier(text, as: model.users.type, "a", "user")
  }

  func knownItem(_ text: String) throws(RecommendingError) -> (ItemID, ItemIndex) {
    let id: ItemID = try identifier(text, as: model.items.type, "an", "item")
    guard let row = model.items.index(of: id) else {
      throw unknown(id, .unknownItem, "item", among: model.items)
    }
    return (id, row)
  }

  /// Returns the rows of the items in `ids` that the model knows.
  private func knownRows(_ ids: [String]) throws(RecommendingError) -> [ItemIndex] {
    try ids.map { id throws(RecommendingError) in
      model.items.index(of: try identifier(id, as: model.items.type, "an", "item"))
    }.compactMap(\.self)
  }

  func identifier<Entity>(
    _ text: String, as type: IdentifierType, _ article: String, _ noun: String
  ) throws(RecommendingError) -> Identifier<Entity> {
    if let id = Identifier<Entity>(text, as: type) { return id }
    let kind = type == .integer ? "64-bit integers" : "texts of 1 to \(identifierByteLimit) bytes"
    throw RecommendingError(
      .invalidIdentifier, "'\(Excerpt.of(text))' is not the id of \(article) \(noun)",
      place: model.path, remedy: "In this model the ids of \(noun)s are \(kind).")
  }

  func unknown<Entity>(
    _ id: Identifier<Entity>, _ code: RecommendingErrorCode, _ noun: String,
    among known: IdentifierTable<Entity>
  ) -> RecommendingError {
    let nearest = suggestsIdentifiers ? known.nearest(to: id.description, count: 3) : []
    return RecommendingError(
      code, "the model does not know \(noun) \(Excerpt.of(id.description))", place: model.path,
      remedy: nearest.isEmpty
        ? Entity.self == UserEntity.self
          ? "They had no ratings when the model was trained. Train again, or pass the ratings they left since."
          : "It does not exist, or had no ratings when the model was trained. If it was rated since, train again."
        : "Did you mean \(nearest.map(\.description).joined(separator: " or "))?")
  }
}
