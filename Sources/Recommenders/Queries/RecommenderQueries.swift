import BitCollections
import Errors
import ModelRegistry
import Ratings

/// What people and programs ask of a recommender, by the ids that they know. All that answers them
/// asks here, so that ids are read, and errors worded, in one way:
///
///     let queries = RecommenderQueries(Recommender(model: model))
///     let best = try queries.recommend(for: "7", ListOptions(count: 10))   // best.items[0].title
///     let rating = try queries.predict(user: "7", item: "42").rating
///
/// Throws a ``RecommendingError`` that names the id, and no score that is not a finite number is
/// returned: a file that is not checked yet may hold such.
package final class RecommenderQueries: Sendable {
  let recommender: Recommender
  let predictor: (any ScoredModel)?
  private let suggestsIdentifiers: Bool
  private let conditions: ConditionCache
  /// What alone is listed; nil for all.
  package let available: AvailableItems?
  /// The model that lists are by.
  package var model: any ScoredModel { recommender.model }

  /// Queries to `recommender`, and to `predictor` for the ratings of a model that only ranks. Where ids are text and it `suggestsIdentifiers`, an unknown one gets
  /// those that are spelled most like it, for which every id is looked at.
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

  /// The same queries, whose lists hold none but `items`. O(1).
  package func restricted(to items: AvailableItems) -> RecommenderQueries {
    RecommenderQueries(self, available: items)
  }

  /// Makes what look-ups are fast by, if there is to be any: see ``Recommender/prepare()``. Blocks.
  package func prepare() {
    recommender.prepare()
    recommender.prepareSimilar()
    model.catalogue.prepareConditions()
    available?.selection.screen.prepare()
    model.prepareFoldIn()
    predictor?.prepare()
    predictor?.prepareFoldIn()
  }

  /// The best items for `user` that `options` admit. A user whom the model does not know gets the most
  /// popular ones of these if it `fallsBack`.
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

  /// The best items for `user`, the most popular ones where that is nil, of those that `filter` admits, with
  /// what the model beside the one that ranks expects of `predicted`.
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

  /// The lists of the users in `rows`, as `transform` makes them something else, found on up to `threadCount`
  /// threads. What it returns is in order.
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

  /// The texts that `condition` asks for and no item has, with what is spelled like them.
  package func unknownValues(of condition: ItemCondition) -> [UnknownValue] {
    model.catalogue.unknownValues(of: condition)
  }

  /// The number of users that the model knows.
  package var userCount: Int { model.userCount }
  /// Whether lists are ranked by the number of ratings, whoever they are for.
  package var ranksByPopularity: Bool { model.ranking == .popularity }
  /// Whether some items had no ratings in training, and are known by their content alone.
  package var knowsColdItems: Bool { model.catalogue.coldItemCount > 0 }
  /// Whether items have the rating that is expected beside what ranks them.
  package var addsPredictions: Bool { predictor != nil }

  /// The items that `options` admit, whoever asks.
  func filter(_ options: ListOptions) throws(RecommendingError) -> CandidateFilter {
    guard options.reranking.diversity == 0 || recommender.knowsSimilarity else {
      throw RecommendingError(
        .modelWithoutFactors,
        "a model of kind \(model.kind) does not know which items are alike", place: model.path,
        remedy: "Ask for no diversity, or a model that has factors.")
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

  /// The `count` items most like `item` that `filters` admit; see ``Recommender/similar(to:count:minimumRatings:filter:)``.
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

  /// The rating that the model expects of `user` for `item`; throws as ``predictedUser(_:)`` and ``predict(for:item:)`` do.
  package func predict(
    user: String, item: String
  ) throws(RecommendingError) -> Prediction {
    try predict(for: try predictedUser(user), item: item)
  }

  /// `user` as the model knows them whose ratings are predicted. Throws `unknownUser`, and `modelWithoutPredictions` where a
  /// model only ranks: its scores are no ratings.
  package func predictedUser(_ user: String) throws(RecommendingError) -> PredictedUser {
    let model = predictor ?? model
    let id = try userID(user)
    try checkPredicts(model)
    guard let row = model.users.index(of: id) else {
      throw unknown(id, .unknownUser, "user", among: model.users)
    }
    return PredictedUser(id: id, vector: model.user(at: row), row: row)
  }

  /// The rating that the model expects of `user` for `item`. Throws `unknownItem`.
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

  /// Throws `modelWithoutPredictions` where a model only ranks.
  func checkPredicts(_ model: any ScoredModel) throws(RecommendingError) {
    guard !model.predictsRatings else { return }
    throw RecommendingError(
      .modelWithoutPredictions,
      "a model of kind \(model.kind) ranks items, and predicts no ratings", place: model.path,
      remedy: "Ask a model of ratings.")
  }

  /// The user as the model beside the one that ranks knows them, or its average user; nil without such a model.
  private func predicted(for user: UserID) -> UserVector? {
    predictor.map { predictor in
      predictor.users.index(of: user).map { predictor.user(at: $0) } ?? predictor.averageUser
    }
  }

  /// `items` as people know them, with the ratings that are expected of `user`, as the model beside the one that
  /// ranks sees them; without any where that is nil.
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

  /// The rows of the items among `ids` that the model knows.
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
          ? "They had no ratings when the model was trained: train again, or ask by the ratings that they left since."
          : "It had no ratings when the model was trained, or never was there: if it was rated since, "
            + "train again."
        : "Did you mean \(nearest.map(\.description).joined(separator: " or "))?")
  }
}
