import ModelRegistry

/// How a factor model makes the vector of a user from ratings that it has not learned from, as it stands in
/// the metadata of its file.
package enum FoldIn: Sendable, Equatable {
  /// Nothing is learned of a user: all get the same.
  case none
  /// The factors that minimise `implicit-als`'s error over all items: see ``FactorFoldIn``.
  case implicit(alpha: Double, regularization: Double, confidence: Confidence)
  /// Bias and factors by ridge regression, the regularisation as in training: `fixed + perRating x ratings`
  /// for the bias, and `factorScale` times as much for the factors. They are held near the tensor
  /// `user_slope` times ln(1 + ratings) where there is one, else near zero.
  case ridge(fixed: Double, perRating: Double, factorScale: Double)
  /// Bias and factors that are likely for one of the model's users: by ridge regression around their mean, with
  /// the covariance of their rows and this variance of ratings around predictions; nil has it follow from the
  /// model.
  case population(noise: Double?)
}

extension FoldIn {
  private static let key = "latent.fold_in"

  private enum Name: String {
    case none, implicit, ridge, population
  }

  /// What of it stands in the metadata.
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

  /// What the metadata of a file say; nil where they say nothing, as those of files of versions before.
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

  /// What is taken of a file that says nothing of it, with so many factors, users, items and ratings: for one
  /// that ranks the weights of `implicit-als`'s rule of thumb.
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

/// The rule of thumb for the weights of `implicit-als`, from U users, I items and the density rho =
/// ratings / (U I): alpha is 0.06 / rho, from 2 to 50 (over the mean weight), as the fewer pairs are known, the less the
/// others tell; with k factors lambda is `0.29 (2 + alpha) sqrt(rho) (1/sqrt(U) + 1/sqrt(I)) (128 / k)^1/4`,
/// in proportion to the largest singular value of as many ratings at random, which is what there is to
/// learn from noise. The factors 0.06, 0.29 and 2 come from validation splits of ml-latest-small and of its
/// frequent items, and meet the parameters that Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of
/// iALS on Item Recommendation Benchmarks", 2021, found best for MovieLens 20M.
package struct ImplicitWeights: Sendable {
  package let alpha: Double
  package let regularization: Double

  /// The weights, as far as they are not given; ratings weigh `meanWeight` on the mean.
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
