package import Ratings

extension FactorModel {
  /// Returns the terms of ``predict(for:item:)``, or nil if the model does not predict ratings. O(factors).
  package func terms(for user: UserVector, item: ItemIndex) -> ScoreTerms? {
    guard predictsRatings else { return nil }
    let score = score(for: user, item: item)
    let bias = user.bias ?? 0
    let clipping =
      predict(for: user, item: item) - unboundedPrediction(for: user, item: item)
    let itemBias = itemBiases[item.position]
    guard let outputRange else {
      return ScoreTerms(
        mean: globalMean, userBias: bias, itemBias: itemBias,
        taste: score - (globalMean + bias + itemBias), clipping: clipping)
    }
    let steps = [globalMean, globalMean + bias, globalMean + bias + itemBias, score]
      .map { outputRange.sigmoid($0) }
    return ScoreTerms(
      mean: steps[0], userBias: steps[1] - steps[0], itemBias: steps[2] - steps[1],
      taste: steps[3] - steps[2], clipping: clipping)
  }

  /// Returns the contribution of each rating to the user's taste for `item`.
  ///
  /// With the system A x = b of the user's ratings (``FactorFoldIn``) and the item's factors q, the taste is q . A⁻¹
  /// b, and b is the sum of the terms of the ratings and of the prior (Hu, Koren, Volinsky, "Collaborative Filtering
  /// for Implicit Feedback Datasets", 2008, section 5, eq. 7). With an output range, contributions are scaled by its
  /// slope at the score. O(ratings x factors²).
  package func shares(
    for user: UserVector, of ratings: [ItemRating]?, in item: ItemIndex
  ) throws(RecommendingError) -> [RatingShare]? {
    guard foldIn != .none, factorCount > 0, let ratings = ratings ?? ratingsWithoutValues(user),
      let solved = try solved(ratings)
    else { return nil }
    let width = solved.system.width
    var isBiased = true
    if case .implicit = foldIn { isBiased = false }
    let taste = itemVectors([item.position], width: width, bias: isBiased ? 0 : nil)
    let direction = solved.system.solution(for: taste)
    var unit = 1.0
    if let outputRange {
      let whole = itemVectors([item.position], width: width, bias: 1)
      let score = itemOffset(item.position) + product(solved.solution, whole)
      unit = outputRange.tangent(at: score).slope
    }
    return ratings.enumerated().map { number, rating in
      let product = product(direction, solved.vectors, from: number * width)
      return RatingShare(
        item: rating.item.rawValue, amount: Float(unit * solved.targets[number] * product))
    }
  }

  /// Returns the user's ratings if their values do not matter; otherwise nil.
  private func ratingsWithoutValues(_ user: UserVector) -> [ItemRating]? {
    guard case .implicit(_, _, .equal) = foldIn else { return nil }
    return user.ratedItems.map { ItemRating(item: ItemIndex($0), value: 1) }
  }

  package var explainsScores: Bool { factorCount > 0 || predictsRatings }
}
