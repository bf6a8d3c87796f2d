import Foundation
package import ModelRegistry
package import Ratings

/// A user as a model scores for them. It is a value independent of its origin: looked up in the model file, or
/// computed, such as a mean.
///
///     let user = model.user(at: row)
///     let films = recommender.recommend(for: user, count: 10, filter: .unrated(by: user))
package struct UserVector: Sendable, Equatable {
  /// The form's representation of the user: factors, an embedding, or the weight of each rated item.
  package var elements: [Float]
  /// The deviation of the user's ratings from the mean; nil in a model without biases.
  package var bias: Float?
  /// The rows of the items that the user has rated, ascending.
  package var ratedItems: [UInt32]
  /// The user as seen by each part of a blend; empty for all other models.
  package var parts: [UserVector]

  /// Creates a user with the given values.
  package init(
    elements: [Float], bias: Float? = nil, ratedItems: [UInt32] = [], parts: [UserVector] = []
  ) {
    self.elements = elements
    self.bias = bias
    self.ratedItems = ratedItems
    self.parts = parts
  }
}

/// A model of ratings of any form: scores items for users, and has a catalogue.
///
/// Many items are scored in one call, so that a model's inner loops run inside its own module and nothing is looked
/// up per item.
package protocol ScoredModel: PublishedModel {
  /// The header of its file.
  var header: ModelHeader { get }
  /// The users, the items and the items that each user has rated.
  var catalogue: ModelCatalogue { get }
  /// The length of the vectors that items are compared by; 0 if the model has none.
  var itemVectorLength: Int { get }

  /// Returns the user in a row, or an unknown user if it is nil. Traps if there is no such user.
  func user(at row: UserIndex?) -> UserVector

  /// Returns the user who left these ratings, computed without training. The items must be distinct and may be in any
  /// order. Throws `modelWithoutFoldIn` if the model's form does not support this. Traps if there is no such item.
  func user(of ratings: [ItemRating]) throws(RecommendingError) -> UserVector

  /// How the model interprets the values of these ratings.
  var ratedValues: RatedValues { get }

  /// The mean of all users, used for a user about whom nothing is known. If the form has no mean, its unknown user.
  var averageUser: UserVector { get }

  /// The known bounds of ratings, in the unit used for training; nil if unknown.
  var ratingBounds: ClosedRange<Float>? { get }

  /// Returns the score: the predicted rating before it is mapped into the output range, if there is one. Ranks the
  /// same. A nil item is unknown to the model. Traps if the item or the length of the user's vector does not belong
  /// to this model.
  func score(for user: UserVector, item: ItemIndex?) -> Float

  /// Returns the ``score(for:item:)`` of each of `rows`, bit for bit.
  func scores(for user: UserVector, ofRows rows: [UInt32]) -> [Float]

  /// Writes the ``score(for:item:)`` of each of `items`, bit for bit. Traps if the size of `scores` differs.
  func writeScores(
    for user: UserVector, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>)

  /// Returns the interval expected to contain nine of ten ratings (``RatingSpread/level``) for which `rating` is
  /// predicted, in the unit of ``unboundedPrediction(for:item:)``, or nil if the model does not know it. A nil user
  /// is unknown to the model. Traps if there is no such user or item.
  func interval(around rating: Float, user: UserIndex?, item: ItemIndex) -> ClosedRange<Float>?

  /// Returns the additive terms of a predicted rating, or nil if it has none. Traps as ``score(for:item:)`` does.
  func terms(for user: UserVector, item: ItemIndex) -> ScoreTerms?

  /// Returns the contribution of each of the user's ratings to the user's taste for the item, or to the score if
  /// items are only ranked, in any order. Returns nil if the model cannot tell, or if it needs values and `ratings`
  /// is nil. Throws `modelWithoutFoldIn`. Traps as ``score(for:item:)`` does.
  func shares(
    for user: UserVector, of ratings: [ItemRating]?, in item: ItemIndex
  ) throws(RecommendingError) -> [RatingShare]?

  /// Whether ``terms(for:item:)`` or ``shares(for:of:in:)`` explain scores.
  var explainsScores: Bool { get }

  /// Returns the bias of an item, the deviation of its scores from other items' for all users, or nil in a model
  /// without biases. Traps if there is no such item.
  func bias(of item: ItemIndex) -> Float?

  /// Computes once what ``writeScores(for:of:to:)`` needs for all users. Blocks.
  func prepareScores()

  /// Computes once what ``user(of:)`` and ``averageUser`` need for all users. Blocks.
  func prepareFoldIn()

  /// Returns an index that narrows down a user's best items, among all items or those in `rows`, or nil if the form
  /// has none or the numbers do not allow one. Reads the items. Traps if there is no such row.
  func makeItemScreen(of rows: [UInt32]?) -> ItemScreen?

  /// Calls `body` with the vectors that items are compared by, row-major, items x ``itemVectorLength``.
  func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// The length of the vectors that users are compared by; 0 if they are compared by the items they have rated.
  var userVectorLength: Int { get }

  /// Calls `body` with the vectors that users are compared by, row-major, users x ``userVectorLength``.
  func withUserVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// Returns the items similar to this one according to the model itself, unordered, or nil if similarity is that of
  /// the item vectors. Traps if there is no such item.
  func similarItems(to item: ItemIndex) -> [ScoredItem]?

  /// Returns the weights from an item to others that determine lists, by ascending row, or nil if the model has none.
  /// Traps if there is no such item.
  func weights(from item: ItemIndex) -> [(item: ItemIndex, weight: Float)]?

  /// Form-specific facts about what was learned.
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

  /// Returns the interval expected to contain nine of ten of the user's ratings of the item, or nil if the model does
  /// not know it. Traps if there is no such user or item.
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

  /// Whether the items' vectors are longer than 1, so that they can be laid out in a plane.
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

  /// Returns the prediction in the unit in which models are trained and evaluated, that of transformed ratings
  /// (``transform``): the score, mapped into ``outputRange`` if there is one, and clamped to ``ratingBounds``, since
  /// no rating lies outside. Not a rating if the model does not predict ratings: see ``predictsRatings``.
  package func predict(for user: UserVector, item: ItemIndex?) -> Float {
    scoreReading.prediction(score(for: user, item: item))
  }

  /// Returns ``predict(for:item:)`` before clamping to ``ratingBounds``.
  package func unboundedPrediction(for user: UserVector, item: ItemIndex?) -> Float {
    scoreReading.unboundedPrediction(score(for: user, item: item))
  }

  /// Returns the predicted rating in the unit of the ratings, or the score if the model does not predict ratings.
  package func rating(for user: UserVector, item: ItemIndex?) -> Float {
    scoreReading.rating(score(for: user, item: item))
  }

  /// The conversion of its scores to ratings.
  package var scoreReading: ScoreReading {
    let header = header
    return ScoreReading(
      predictsRatings: header.ranking.predictsRatings, outputRange: header.outputRange,
      bounds: ratingBounds, transform: header.transform)
  }

  /// Returns ``interval(for:item:)`` in the unit of the ratings, with the same coverage.
  package func ratingInterval(for user: UserIndex, item: ItemIndex) -> ClosedRange<Float>? {
    ratingInterval(
      around: unboundedPrediction(for: self.user(at: user), item: item), user: user, item: item)
  }

  /// Returns ``interval(around:user:item:)`` in the unit of the ratings.
  package func ratingInterval(
    around prediction: Float, user: UserIndex?, item: ItemIndex
  ) -> ClosedRange<Float>? {
    interval(around: prediction, user: user, item: item).map {
      transform.inverse($0.lowerBound)...transform.inverse($0.upperBound)
    }
  }

  /// The learning method: `dot-bias`, `popularity` ...
  package var kind: String { header.kind }
  /// What items are ranked by.
  package var ranking: Ranking { header.ranking }
  /// Whether its scores are predicted ratings, and not only for ranking.
  package var predictsRatings: Bool { ranking.predictsRatings }
  /// The range into which predictions are mapped; nil leaves them unchanged.
  package var outputRange: OutputRange? { header.outputRange }
  /// The transform applied to ratings before training.
  package var transform: ValueTransform { header.transform }
  /// The path the model was opened from.
  package var path: String { header.path }
  /// The size of the file in bytes: the maximum that the model occupies in the page cache.
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
      // Display without the last digits, which are an artefact of 32-bit storage.
      ModelFact(
        "output_range", outputRange.map { .text($0.description) } ?? .none,
        wording: outputRange.map { String(format: "%.6g..%.6g", $0.lower, $0.upper) }),
      ModelFact("ranks_by", .text(ranking.rawValue)),
      ModelFact("transform", .text(transform.rawValue)),
    ]
  }

  /// Empty if every item was rated.
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
  /// Returns the row of the user with the id `text`, parsed as an id of this model's type, or nil if there is none.
  package func user(reading text: String) -> UserIndex? {
    UserID(text, as: users.type).flatMap { users.index(of: $0) }
  }
  /// Returns the title of an item, or nil if it has none. Traps if there is no such item.
  package func title(of item: ItemIndex) -> String? { catalogue.title(of: item) }
  /// Returns the number of ratings an item had in training. Traps if there is no such item.
  package func ratingCount(of item: ItemIndex) -> Int { catalogue.ratingCount(of: item) }
}
