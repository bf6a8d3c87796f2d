import Interactions
import Recommenders

/// The weights of ratings and of regularisation in `implicit-als`: as requested, or by the rule of thumb of
/// ``ImplicitALSTrainer``.
struct ImplicitWeighting: Sendable {
  let alpha: Double
  let regularization: Double
  private let confidence: Confidence
  private let factor: Float

  /// Creates a weighting from known weights.
  init(alpha: Double, regularization: Double, _ confidence: Confidence) {
    self.alpha = alpha
    self.regularization = regularization
    self.confidence = confidence
    factor = Float(alpha)
  }

  /// Derives the weights for the ratings of `table`.
  init(_ options: ImplicitALSOptions, _ table: InteractionTable) {
    let confidence = options.confidence
    let sum = table.values.reduce(0.0) { $0 + Double(confidence.weight($1)) }
    let weights = ImplicitWeights(
      users: table.userCount, items: table.itemCount, ratings: table.count,
      factorCount: options.factorCount, sumOfWeights: sum, alpha: options.alpha,
      regularization: options.regularization)
    self.init(
      alpha: weights.alpha, regularization: weights.regularization, confidence)
  }

  /// Returns a model with `factors` factors, without users and items.
  func tables(factors: Int) -> FactorTables {
    var tables = FactorTables(
      factorCount: factors, userFactors: [], itemFactors: [], userBiases: [], itemBiases: [],
      globalMean: 0, ranking: .preference)
    tables.foldIn = .implicit(
      alpha: alpha, regularization: regularization, confidence: confidence)
    return tables
  }

  /// Returns the amount that a rating of `value` adds to the confidence 1 of its pair.
  @inline(__always)
  func weight(of value: Float) -> Float { factor * confidence.weight(value) }
}

extension ImplicitWeights {
  /// Derives the weights that are not given, for ratings with total weight `sumOfWeights`.
  init(
    users: Int, items: Int, ratings: Int, factorCount: Int, sumOfWeights: Double, alpha: Double?,
    regularization: Double?
  ) {
    self.init(
      users: users, items: items, ratings: ratings, factorCount: factorCount,
      // If all values are 0, they add no confidence for any alpha.
      meanWeight: sumOfWeights > 0 ? sumOfWeights / Double(ratings) : 1, alpha: alpha,
      regularization: regularization)
  }
}

/// The contribution of ratings to the error of all pairs. Without ratings, that error is the sum of squares of all
/// scores.
struct ImplicitError: RowError {
  static let zero = ImplicitError()

  /// The sum of `(1 + a) (1 - s)² - s²` over ratings with weight a and score s.
  private(set) var gain = 0.0
  /// The sum of s² over ratings.
  private(set) var squares = 0.0

  init(gain: Double = 0, squares: Double = 0) {
    self.gain = gain
    self.squares = squares
  }

  var isFinite: Bool { gain.isFinite && squares.isFinite }

  @inline(__always)
  mutating func add(_ score: Float, weight: Float) {
    let (score, miss) = (Double(score), 1 - Double(score))
    gain += (1 + Double(weight)) * miss * miss - score * score
    squares += score * score
  }

  static func += (left: inout Self, right: Self) {
    left.gain += right.gain
    left.squares += right.squares
  }
}
