package import ModelRegistry
package import Ratings

/// A model of ratings as it answers, whatever it is made of: it scores items for users, and knows its
/// catalogue.
///
/// Work for many items is asked for at once, so that a model's own loops run inside its module and
/// nothing is looked up for each item.
package protocol ScoredModel: PublishedModel {
  /// What its file says of it.
  var header: ModelHeader { get }
  /// Its users, items and known ratings.
  var catalogue: ModelCatalogue { get }
  /// The numbers of each item by which items are compared; 0 for a model that has none.
  var itemVectorLength: Int { get }

  /// What is squeezed into the output range, where there is one, to give the predicted rating: ranks
  /// alike. A side that is nil is unknown to the model. Traps when a row is not of this model.
  func score(user: UserIndex?, item: ItemIndex?) -> Float

  /// Writes ``score(user:item:)`` of each of `items` for `user`, to the last bit the same. Traps when
  /// a row is not of this model or `scores` has not as many places.
  func writeScores(
    for user: UserIndex?, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>)

  /// Computes once what ``writeScores(for:of:to:)`` needs for all users alike. Blocks.
  func prepareScores()

  /// Lends the vectors by which items are compared, row-major, items x ``itemVectorLength``.
  func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result

  /// What was learned of a user alone: the factors or the embedding, and the bias, where the model has
  /// one. Traps when there is no such user.
  func numbers(of user: UserIndex) -> (vector: [Float], bias: Float?)

  /// What there is to be told of what was learned, which depends on the form.
  var learnedFacts: [ModelFact] { get }
}

extension ScoredModel {
  package func prepareScores() {}

  /// How the model was learned: `dot-bias`, `popularity` ...
  package var kind: String { header.kind }
  /// By what items are to be ranked.
  package var ranking: Ranking { header.ranking }
  /// Where predictions are squeezed into; nil leaves them as they are.
  package var outputRange: OutputRange? { header.outputRange }
  /// The path the model was opened by.
  package var path: String { header.path }
  /// The size of the file in bytes: what the model takes of the page cache at most.
  package var byteCount: Int { header.byteCount }
  /// The ids of the users, by ``UserIndex``.
  package var users: IdentifierTable<UserEntity> { catalogue.users }
  /// The row of the user whose id reads `text`, as ids of this model's type do; nil when there is none.
  package func user(reading text: String) -> UserIndex? {
    UserID(text, as: users.type).flatMap { users.index(of: $0) }
  }
  /// The ids of the items, by ``ItemIndex``.
  package var items: IdentifierTable<ItemEntity> { catalogue.items }
  /// The number of users.
  package var userCount: Int { catalogue.userCount }
  /// The number of items.
  package var itemCount: Int { catalogue.itemCount }
  /// The number of ratings that are known, over all users.
  package var knownRatingCount: Int { catalogue.knownRatingCount }

  /// The predicted rating: the score, squeezed into ``outputRange`` where there is one.
  package func predict(user: UserIndex?, item: ItemIndex?) -> Float {
    let score = score(user: user, item: item)
    return outputRange?.squeezed(score) ?? score
  }

  /// The name that people know an item by; nil when it has none. Traps when there is no such item.
  package func title(of item: ItemIndex) -> String? { catalogue.title(of: item) }

  /// How many ratings an item had in training. Traps when there is no such item.
  package func ratingCount(of item: ItemIndex) -> Int { catalogue.ratingCount(of: item) }

  /// Lends the numbers of ratings of all items.
  package func withItemRatingCounts<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try catalogue.withItemRatingCounts(body)
  }

  /// Lends the rows of a user's known items; see ``ModelCatalogue/withRatedItems(by:_:)``.
  package func withRatedItems<Result, Failure: Error>(
    by user: UserIndex, _ body: (UnsafeBufferPointer<UInt32>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try catalogue.withRatedItems(by: user, body)
  }
}

/// Model files of any form.
package enum StoredModel {
  /// Opens the model file at `path` by mapping it, whatever form it is of.
  ///
  /// Throws ``ModelFileError`` when it can't be opened, is no safetensors file, no model of ratings, a
  /// newer Latent's, or lacks a tensor of the right type and shape.
  package static func open(_ path: String) throws(ModelFileError) -> any ScoredModel {
    try open(SafetensorsFile(path))
  }

  /// Takes the model out of a file that is open; throws as ``open(_:)`` does.
  package static func open(_ file: SafetensorsFile) throws(ModelFileError) -> any ScoredModel {
    switch try ModelHeader(file).form {
    case .factors: try FactorModel(file)
    case .network: try NeuralModel(file)
    }
  }
}
