import ModelRegistry

/// The method by which a factor model computes the vector of a user from ratings it was not trained on, as stored in
/// the metadata of its file.
package enum FoldIn: Sendable, Equatable {
  /// No fold-in: all users get the same vector.
  case none
  /// The factors that minimise the loss of `implicit-als` over all items: see ``FactorFoldIn``.
  case implicit(alpha: Double, regularization: Double, confidence: Confidence)
  /// Bias and factors by ridge regression, with the regularisation used in training: `fixed + perRating x ratings`
  /// for the bias, and `factorScale` times that for the factors. They are regularised towards the tensor `user_slope`
  /// times ln(1 + ratings) if present, else towards zero.
  case ridge(fixed: Double, perRating: Double, factorScale: Double)
  /// The most likely bias and factors for a user of this population: ridge regression around the mean of the model's
  /// users, with the covariance of their rows and `noise` as the variance of ratings around predictions. If nil, the
  /// variance is derived from the model.
  case population(noise: Double?)
}

extension FoldIn {
  private static let key = "latent.fold_in"

  private enum Name: String {
    case none, implicit, ridge, population
  }

  /// The metadata entries.
  var metadata: [String: String] {
    let (name, numbers): (Name, [String: Double?]) =
      switch self {
      case .none: (.none, [:])
      case .implicit(let alpha, let regularization, _):
        (.implicit, ["alpha": alpha, "regularization": regularization])
      case .ridge(let fixed, let perRating, let factorScale):
        (.ridge, ["fixed": fixed, "per_rating": perRating, "factor_scale": factorScale])
      case .population(let noise): (.population, ["noise": noise])
      }
    var metadata = [Self.key: name.rawValue]
    for (number, value) in numbers { metadata["\(Self.key).\(number)"] = value.map { "\($0)" } }
    if case .implicit(_, _, let confidence) = self {
      metadata["\(Self.key).confidence"] = confidence.rawValue
    }
    return metadata
  }

  /// Reads the fold-in from the metadata of a file. Nil if they do not specify one, as in files of earlier versions.
  /// Throws ``ModelFileErrorCode/badContents``.
  init?(_ metadata: [String: String], place: String) throws(ModelFileError) {
    guard let text = metadata[Self.key] else { return nil }
    func number(_ name: String) throws(ModelFileError) -> Double {
      let text = metadata["\(Self.key).\(name)"] ?? ""
      guard let number = Double(text), number.isFinite, number >= 0 else {
        throw .badContents("\(Self.key).\(name) is '\(text)'", place: place)
      }
      return number
    }
    switch Name(rawValue: text) {
    case .none?: self = .none
    case .implicit?:
      let name = metadata["\(Self.key).confidence"] ?? ""
      guard let confidence = Confidence(rawValue: name) else {
        throw .badContents("\(Self.key).confidence is '\(name)'", place: place)
      }
      self = .implicit(
        alpha: try number("alpha"), regularization: try number("regularization"),
        confidence: confidence)
    case .ridge?:
      self = .ridge(
        fixed: try number("fixed"), perRating: try number("per_rating"),
        factorScale: try number("factor_scale"))
    case .population?:
      let isGiven = metadata["\(Self.key).noise"] != nil
      self = .population(noise: isGiven ? try number("noise") : nil)
    case nil: throw .badContents("\(Self.key) is '\(text)'", place: place)
    }
  }

  /// Returns the fold-in for a file that does not specify one, by its numbers of factors, users, items and ratings. A
  /// model that only ranks gets the weights of the rule of thumb for `implicit-als`.
  static func usual(
    for ranking: Ranking, factorCount: Int, users: Int, items: Int, ratings: Int
  ) -> FoldIn {
    switch ranking {
    case .popularity: return .none
    case .score: return .population(noise: nil)
    case .preference:
      guard factorCount > 0, users > 0, items > 0 else { return .none }
      let weighting = ImplicitWeights(
        users: users, items: items, ratings: ratings, factorCount: factorCount)
      return .implicit(
        alpha: weighting.alpha, regularization: weighting.regularization, confidence: .equal)
    }
  }
}

/// A rule of thumb for the weights of `implicit-als`, from U users, I items and the density rho = ratings / (U I).
///
/// alpha is 0.06 / rho, clamped to 2 ... 50 and then divided by the mean weight: the fewer pairs are known, the less
/// the others say. With k factors and alpha before that division, lambda is
/// `0.29 (2 + alpha) sqrt(rho) (1/sqrt(U) + 1/sqrt(I)) (128 / k)^1/4`. This is proportional to the largest singular
/// value of as many random ratings, that is, to what there is to learn from noise.
///
/// The factors 0.06, 0.29 and 2 come from validation splits of ml-latest-small and of its frequent items. They agree
/// with the parameters that Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks", 2021, found best for MovieLens 20M.
package struct ImplicitWeights: Sendable {
  package let alpha: Double
  package let regularization: Double

  /// Computes the weights that are not given, for ratings with the mean weight `meanWeight`.
  package init(
    users: Int, items: Int, ratings: Int, factorCount: Int, meanWeight: Double = 1,
    alpha given: Double? = nil, regularization: Double? = nil
  ) {
    let (users, items) = (Double(users), Double(items))
    let density = Double(ratings) / (users * items)
    alpha = given ?? min(50, max(2, 0.06 / density)) / meanWeight
    self.regularization =
      regularization
      ?? 0.29 * (2 + alpha * meanWeight) * density.squareRoot()
      * (1 / users.squareRoot() + 1 / items.squareRoot())
      * (128 / Double(factorCount)).squareRoot().squareRoot()
  }
}
