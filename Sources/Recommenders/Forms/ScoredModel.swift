import Foundation
package import ModelRegistry
package import Ratings

/// A user as a model scores for them: a value, wherever it comes from. It is looked up in the model
/// file, or made of others, as a mean is.
///
///     let user = model.user(at: row)
///     let films = recommender.recommend(for: user, count: 10, filter: .unrated(by: user))
package struct UserVector: Sendable, Equatable {
  /// What the form of the model makes of it: the factors, the embedding, or how much each of the rated
  /// items counts.
  package var elements: [Float]
  /// How much more or less than the mean the user gives; nil in a model without biases.
  package var bias: Float?
  /// The rows of the items that the user has rated, ascending.
  package var ratedItems: [UInt32]
  /// The user as each of the models knows them that a blend is made of; empty in all other models.
  package var parts: [UserVector]

  /// A user of these numbers.
  package init(
    elements: [Float], bias: Float? = nil, ratedItems: [UInt32] = [], parts: [UserVector] = []
  ) {
    self.elements = elements
    self.bias = bias
    self.ratedItems = ratedItems
    self.parts = parts
  }
}

/// A model of ratings as it is asked, whatever form it is of: it scores items for users, and has a
/// catalogue.
///
/// Many items are scored by one call, so that a model's own loops run inside its module and nothing is
/// looked up for each item.
package protocol ScoredModel: PublishedModel {
  /// What its file says of it.
  var header: ModelHeader { get }
  /// Its users, items and the items that each user has rated.
  var catalogue: ModelCatalogue { get }
  /// The length of the vectors by which items are compared; 0 for a model that has none.
  var itemVectorLength: Int { get }

  /// The user in a row; one of whom nothing is known when it is nil. Traps when there is no such user.
  func user(at row: UserIndex?) -> UserVector

  /// The user who left these ratings, of items that differ, made without training; the items in any order. Throws `modelWithoutFoldIn` in
  /// a model of a form that can't. Traps when there is no such item.
  func user(of ratings: [ItemRating]) throws(RecommendingError) -> UserVector

  /// What the values of these ratings are to it.
  var ratedValues: RatedValues { get }

  /// The mean of all users: what is expected of one of whom nothing is known. One of whom the form knows
  /// nothing where it has no mean.
  var averageUser: UserVector { get }

  /// Within which ratings lie, in the unit in which the model learned, as far as it knows; nil where it does not.
  var ratingBounds: ClosedRange<Float>? { get }

  /// What is mapped into the output range, where there is one, to give the predicted rating: ranks
  /// alike. An item that is nil is unknown to the model. Traps when the item or the length of the user's
  /// vector is not of this model.
  func score(for user: UserVector, item: ItemIndex?) -> Float

  /// ``score(for:item:)`` of each of `rows`, to the last bit the same.
  func scores(for user: UserVector, ofRows rows: [UInt32]) -> [Float]

  /// Writes ``score(for:item:)`` of each of `items`, to the last bit the same. Traps when `scores` has
  /// not as many places.
  func writeScores(
    for user: UserVector, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>)

  /// Between which values nine of ten such ones lie (``RatingSpread/level``) where `rating` is predicted, in the unit of
  /// ``unboundedPrediction(for:item:)``, of a user whom the model knows or not; nil in a model that does not know. Traps when there is no such user or item.
  func interval(around rating: Float, user: UserIndex?, item: ItemIndex) -> ClosedRange<Float>?

  /// What a predicted rating is made of; nil where it is made of no terms. Traps as ``score(for:item:)``.
  func terms(for user: UserVector, item: ItemIndex) -> ScoreTerms?

  /// How much each of the user's ratings adds to the user's taste in the item, or to the score where items are only ranked,
  /// in any order; nil in a model of which that can't be told, and where it needs values and `ratings` is nil. Throws
  /// `modelWithoutFoldIn`. Traps as ``score(for:item:)``.
  func shares(
    for user: UserVector, of ratings: [ItemRating]?, in item: ItemIndex
  ) throws(RecommendingError) -> [RatingShare]?

  /// Whether ``terms(for:item:)`` or ``shares(for:of:in:)`` say what scores are made of.
  var explainsScores: Bool { get }

  /// How much more or less than other items an item gets from everybody; nil in a model without biases.
  /// Traps when there is no such item.
  func bias(of item: ItemIndex) -> Float?

  /// Computes once what ``writeScores(for:of:to:)`` needs for all users alike. Blocks.
  func prepareScores()

  /// Computes once what ``user(of:)`` and ``averageUser`` need for all users alike. Blocks.
  func prepareFoldIn()

  /// An index that tells which few items can be among a user's best, of all or of those in `rows`; nil where
  /// the form has none, or the numbers allow none. Reads the items. Traps when there is no such row.
  func makeItemScreen(of rows: [UInt32]?) -> ItemScreen?

  /// Lends the vectors by which items are compared, row-major, items x ``itemVectorLength``.
  func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// The length of the vectors by which users are compared; 0 where they are compared by what they have rated.
  var userVectorLength: Int { get }

  /// Lends the vectors by which users are compared, row-major, users x ``userVectorLength``.
  func withUserVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// The items that are like this one to the model itself, in no order; nil of a model to which items are as alike as
  /// their vectors. Traps when there is no such item.
  func similarItems(to item: ItemIndex) -> [ScoredItem]?

  /// The weights from an item to others by which lists are made, in the order of their rows; nil of a model that has
  /// none. Traps when there is no such item.
  func weights(from item: ItemIndex) -> [(item: ItemIndex, weight: Float)]?

  /// What there is to be told of what was learned, which depends on the form.
  var learnedFacts: [ModelFact] { get }
}

extension ScoredModel {
  package var ratedValues: RatedValues { .ratings }

  package var averageUser: UserVector { user(at: nil) }

  package var ratingBounds: ClosedRange<Float>? {
    header.ratingBounds ?? outputRange.map { $0.lower...$0.upper }
  }

  package func interval(
    around rating: Float, user: UserIndex?, item: ItemIndex
  ) -> ClosedRange<Float>? { nil }

  /// Between which ratings nine of ten of the user's ratings of the item lie; nil in a model that does not
  /// know. Traps when there is no such user or item.
  package func interval(for user: UserIndex, item: ItemIndex) -> ClosedRange<Float>? {
    interval(
      around: unboundedPrediction(for: self.user(at: user), item: item), user: user, item: item)
  }

  package func terms(for user: UserVector, item: ItemIndex) -> ScoreTerms? { nil }

  package func shares(
    for user: UserVector, of ratings: [ItemRating]?, in item: ItemIndex
  ) -> [RatingShare]? { nil }

  package var explainsScores: Bool { false }

  package func bias(of item: ItemIndex) -> Float? { nil }

  package func weights(from item: ItemIndex) -> [(item: ItemIndex, weight: Float)]? { nil }

  /// Whether what was learned of items can be laid out in a plane: their vectors are longer than 1.
  package var itemsHaveVectors: Bool { itemVectorLength > 1 }

  package func prepareScores() {}

  package func prepareFoldIn() {}

  package func makeItemScreen(of rows: [UInt32]?) -> ItemScreen? { nil }

  package var userVectorLength: Int { 0 }

  package func withUserVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeBufferPointer(start: nil, count: 0))
  }

  package func similarItems(to item: ItemIndex) -> [ScoredItem]? { nil }

  package func scores(for user: UserVector, ofRows rows: [UInt32]) -> [Float] {
    rows.map { score(for: user, item: ItemIndex($0)) }
  }

  /// What is predicted of what ratings were taken to (``transform``), the unit in which a model is learned and
  /// judged: the score, mapped into ``outputRange`` where there is one, and brought within ``ratingBounds``, since no rating
  /// lies outside. Nothing of the kind in a model that does not predict any: see ``predictsRatings``.
  package func predict(for user: UserVector, item: ItemIndex?) -> Float {
    scoreReading.prediction(score(for: user, item: item))
  }

  /// ``predict(for:item:)`` before it is brought within ``ratingBounds``.
  package func unboundedPrediction(for user: UserVector, item: ItemIndex?) -> Float {
    scoreReading.unboundedPrediction(score(for: user, item: item))
  }

  /// The predicted rating, in the unit of the ratings; the score in a model that predicts none.
  package func rating(for user: UserVector, item: ItemIndex?) -> Float {
    scoreReading.rating(score(for: user, item: item))
  }

  /// How its scores are read as ratings.
  package var scoreReading: ScoreReading {
    let header = header
    return ScoreReading(
      predictsRatings: header.ranking.predictsRatings, outputRange: header.outputRange,
      bounds: ratingBounds, transform: header.transform)
  }

  /// ``interval(for:item:)`` in the unit of the ratings: as many of them lie in it.
  package func ratingInterval(for user: UserIndex, item: ItemIndex) -> ClosedRange<Float>? {
    ratingInterval(
      around: unboundedPrediction(for: self.user(at: user), item: item), user: user, item: item)
  }

  /// ``interval(around:user:item:)`` in the unit of the ratings.
  package func ratingInterval(
    around prediction: Float, user: UserIndex?, item: ItemIndex
  ) -> ClosedRange<Float>? {
    interval(around: prediction, user: user, item: item).map {
      transform.inverse($0.lowerBound)...transform.inverse($0.upperBound)
    }
  }

  /// How the model was learned: `dot-bias`, `popularity` ...
  package var kind: String { header.kind }
  /// By what items are to be ranked.
  package var ranking: Ranking { header.ranking }
  /// Whether its scores are predicted ratings; else they only rank.
  package var predictsRatings: Bool { ranking.predictsRatings }
  /// Where predictions are mapped into; nil leaves them as they are.
  package var outputRange: OutputRange? { header.outputRange }
  /// What ratings were taken to before the model learned of them.
  package var transform: ValueTransform { header.transform }
  /// The path the model was opened by.
  package var path: String { header.path }
  /// The size of the file in bytes: what the model takes of the page cache at most.
  package var byteCount: Int { header.byteCount }

  package var facts: [ModelFact] {
    [
      ModelFact("users", .integer(userCount)),
      ModelFact("user_id_type", .text(users.type.rawValue)),
      ModelFact("items", .integer(itemCount)),
      ModelFact("item_id_type", .text(items.type.rawValue)),
    ] + coldFacts + learnedFacts + [
      ModelFact(
        "known_ratings", label: "ratings known to the model",
        .integer(catalogue.ratedItemCount)),
      // For people without the last digits, which only say that it is kept in 32 bits.
      ModelFact(
        "output_range", outputRange.map { .text($0.description) } ?? .none,
        wording: outputRange.map { String(format: "%.6g..%.6g", $0.lower, $0.upper) }),
      ModelFact("ranks_by", .text(ranking.rawValue)),
      ModelFact("transform", .text(transform.rawValue)),
    ]
  }

  /// Nothing where every item was rated.
  private var coldFacts: [ModelFact] {
    guard catalogue.coldItemCount > 0 else { return [] }
    return [
      ModelFact(
        "cold_items", label: "items without ratings", .integer(catalogue.coldItemCount))
    ]
  }

  package var people: (any PeopleInModel)? { UsersOfModel(model: self) }

  /// The ids of the users, by ``UserIndex``.
  package var users: IdentifierTable<UserEntity> { catalogue.users }
  /// The ids of the items, by ``ItemIndex``.
  package var items: IdentifierTable<ItemEntity> { catalogue.items }
  /// The number of users.
  package var userCount: Int { catalogue.userCount }
  /// The number of items.
  package var itemCount: Int { catalogue.itemCount }
  /// The row of the user whose id reads `text`, as ids of this model's type do; nil when there is none.
  package func user(reading text: String) -> UserIndex? {
    UserID(text, as: users.type).flatMap { users.index(of: $0) }
  }
  /// The name that people know an item by; nil when it has none. Traps when there is no such item.
  package func title(of item: ItemIndex) -> String? { catalogue.title(of: item) }
  /// How many ratings an item had in training. Traps when there is no such item.
  package func ratingCount(of item: ItemIndex) -> Int { catalogue.ratingCount(of: item) }
}
