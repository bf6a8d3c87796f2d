package import ModelRegistry
import TensorCore

/// What a trainer of factors learns.
///
/// The score of user u for item i is
///
///     score(u, i) = globalMean + userBiases[u] + itemBiases[i] + userFactors[u] . itemFactors[i]
///
/// and goes through ``OutputRange`` where there is one (Koren, Bell, Volinsky, "Matrix
/// Factorization Techniques for Recommender Systems", 2009, eq. 4). An unknown user or item counts
/// as a row of zeros.
package struct FactorTables: ModelTables, Equatable {
  package static var form: RecommenderForm { FactorModel.form }

  /// The length of a row of factors; 0 for a model of biases alone.
  package var factorCount: Int
  /// Row-major, users x factorCount.
  package var userFactors: [Float]
  /// Row-major, items x factorCount.
  package var itemFactors: [Float]
  /// One a user.
  package var userBiases: [Float]
  /// One an item.
  package var itemBiases: [Float]
  /// Added to every score.
  package var globalMean: Float
  /// Where scores are mapped into; nil leaves them as they are.
  package var outputRange: OutputRange?
  /// By what items are ranked.
  package var ranking: Ranking
  /// How far ratings lie from predictions; nil where that is not known.
  package var spread: RatingSpread?
  /// How users are made of ratings that were not learned from; nil has it follow from the tables.
  package var foldIn: FoldIn?
  /// What is expected of a user's bias and factors for each unit of the logarithm of 1 and the number of their
  /// ratings, the bias first; nil for nothing.
  package var userSlope: [Float]?

  /// Tables of the given numbers. Traps unless both factor tables have `factorCount` numbers for
  /// each bias.
  package init(
    factorCount: Int, userFactors: [Float], itemFactors: [Float], userBiases: [Float],
    itemBiases: [Float], globalMean: Float, outputRange: OutputRange? = nil,
    ranking: Ranking = .score
  ) {
    precondition(
      factorCount >= 0 && userFactors.count == userBiases.count * factorCount
        && itemFactors.count == itemBiases.count * factorCount,
      "\(userFactors.count) and \(itemFactors.count) factors for \(userBiases.count) users, "
        + "\(itemBiases.count) items, \(factorCount) factors each")
    self.factorCount = factorCount
    self.userFactors = userFactors
    self.itemFactors = itemFactors
    self.userBiases = userBiases
    self.itemBiases = itemBiases
    self.globalMean = globalMean
    self.outputRange = outputRange
    self.ranking = ranking
  }

  package var userCount: Int { userBiases.count }
  package var itemCount: Int { itemBiases.count }

  package func tensors(with catalogue: ModelCatalogueContents) -> [OutgoingTensor] {
    [
      OutgoingTensor("item_factors", [itemCount, factorCount], itemFactors),
      OutgoingTensor("user_factors", [userCount, factorCount], userFactors),
      OutgoingTensor("item_biases", itemBiases),
      OutgoingTensor("user_biases", userBiases),
      OutgoingTensor("global_mean", [globalMean]),
    ] + (spread?.tensors ?? []) + (userSlope.map { [OutgoingTensor("user_slope", $0)] } ?? [])
  }

  package var metadata: [String: String] { foldIn?.metadata ?? [:] }
}

/// All that the file of a factor model holds.
package typealias FactorModelContents = ModelFileContents<FactorTables>
