import Errors
import Learning
package import Recommenders
import TensorCore

/// Predicts the bias and factors of cold items from their content by ridge regression (``ContentRegression``), like the
/// linear map from attributes to factors of Gantner, Drumond, Freudenthaler, Rendle, Schmidt-Thieme, "Learning
/// Attribute-to-Feature Mappings for Cold-Start Recommendations", 2010.
///
/// An item with n ratings has weight n / (n + 10), since factors from few ratings are mostly noise. The error metric is
/// that of the resulting scores, over all users.
extension FactorTables: ColdItemTables {
  /// The number of ratings at which an item has weight one half.
  private static var halfCount: Float { 10 }
  /// The maximum number of users over which the error of scores is computed.
  private static var userLimit: Int { 1 << 16 }

  func adding(
    _ rows: ColdRows, in context: ComputeContext
  ) throws(TrainingError) -> (tables: any ModelTables, explained: Double) {
    let (factors, biases, length) = (itemFactors, itemBiases, factorCount)
    let observations = rows.observations(targetCount: 1 + length) { warm in
      Float(warm.ratingCount) / (Float(warm.ratingCount) + Self.halfCount)
    } writeTargets: { item, memory in
      memory[0] = biases[item]
      for factor in 0..<length { memory[1 + factor] = factors[item * length + factor] }
    }
    guard
      let regression = ContentRegression(
        observations, metric: userMoments(in: context), in: context)
    else {
      throw TrainingError(
        .diverged, "the model or the items' content has a non-finite number",
        place: "cold items", remedy: "Check the content, and train again.")
    }
    let expected = rows.coldContent.map { regression.targets(of: rows.content.vector(at: $0)) }
    var tables = FactorTables(
      factorCount: length, userFactors: userFactors,
      itemFactors: rows.merged(
        itemFactors, expected.flatMap { $0.dropFirst().map { Float($0) } }, length: length, zero: 0),
      userBiases: userBiases,
      itemBiases: rows.merged(itemBiases, expected.map { Float($0[0]) }, zero: 0),
      globalMean: globalMean, outputRange: outputRange, ranking: ranking)
    tables.spread = spread?.adding(rows, error: Float(regression.error))
    tables.foldIn = foldIn
    tables.userSlope = userSlope
    return (tables, regression.explained)
  }

  /// Returns the mean outer product of the vectors (1, user factors). As a quadratic form of the difference of two
  /// items' rows, it gives the mean squared difference of their scores.
  private func userMoments(in context: ComputeContext) -> [Double] {
    let length = 1 + factorCount
    let step = max(1, (userCount + Self.userLimit - 1) / Self.userLimit)
    let users = Array(stride(from: 0, to: userCount, by: step))
    let vectors = users.flatMap { user in
      [1] + userFactors[user * factorCount..<(user + 1) * factorCount]
    }
    let gram = vectors.withUnsafeBufferPointer { GramMatrix.of($0, length: length, in: context) }
    return gram.map { Double($0) / Double(max(1, users.count)) }
  }
}

extension RatingSpread {
  /// Returns the spread extended with cold items. Their variance is the mean variance of a rated item plus the mean
  /// squared error of content-based scores; their noise is that of the mean item.
  fileprivate func adding(_ rows: ColdRows, error: Float) -> RatingSpread {
    let count = Float(max(1, items.count / 2))
    var (open, noise) = (Float(0), Float(0))
    for item in stride(from: 0, to: items.count, by: 2) {
      open += items[item]
      noise += items[item + 1]
    }
    let cold = rows.coldRows.flatMap { _ in [open / count + error, noise / count] }
    return RatingSpread(
      users: users, items: rows.merged(items, cold, length: 2, zero: 0), bounds: bounds)
  }
}
