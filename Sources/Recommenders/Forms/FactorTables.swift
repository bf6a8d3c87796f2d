package import ModelRegistry
import TensorCore

/// The result of training a factor model.
///
/// The score of user u for item i is
///
///     score(u, i) = globalMean + userBiases[u] + itemBiases[i] + userFactors[u] . itemFactors[i]
///
/// and is mapped into ``OutputRange`` if there is one (Koren, Bell, Volinsky, "Matrix Factorization Techniques for
/// Recommender Systems", 2009, eq. 4). An unknown user or item counts as a row of zeros.
package struct FactorTables: ModelTables, Equatable {
  package static var form: RecommenderForm { FactorModel.form }

  /// The number of factors; 0 for a model of biases only.
  package var factorCount: Int
  /// The user factors, row-major, users x factorCount.
  package var userFactors: [Float]
  /// The item factors, row-major, items x factorCount.
  package var itemFactors: [Float]
  /// The bias of each user.
  package var userBiases: [Float]
  /// The bias of each item.
  package var itemBiases: [Float]
  /// The constant added to every score.
  package var globalMean: Float
  /// The range into which scores are mapped; nil leaves them unchanged.
  package var outputRange: OutputRange?
  /// What items are ranked by.
  package var ranking: Ranking
  /// The variances of ratings around predictions; nil if unknown.
  package var spread: RatingSpread?
  /// The method of computing users from ratings that were not used for training; nil derives it from the tables.
  package var foldIn: FoldIn?
  /// The slope of the prior mean of a user's bias and factors in ln(1 + number of ratings), the bias first; nil for
  /// zero.
  package var userSlope: [Float]?

  /// Creates tables. Traps unless both factor tables have `factorCount` numbers per bias.
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

/// The contents of the file of a factor model.
package typealias FactorModelContents = ModelFileContents<FactorTables>
