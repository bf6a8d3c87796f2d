import Interactions
import Recommenders

/// How much ratings and regularisation weigh in `implicit-als`: as they were asked for, or by the rule of
/// thumb of ``ImplicitALSTrainer``.
struct ImplicitWeighting: Sendable {
  let alpha: Double
  let regularization: Double
  private let confidence: Confidence
  private let factor: Float

  /// Weights that are known.
  init(alpha: Double, regularization: Double, _ confidence: Confidence) {
    self.alpha = alpha
    self.regularization = regularization
    self.confidence = confidence
    factor = Float(alpha)
  }

  /// Those for the ratings of `table`.
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

  /// A model of so many factors without users and items.
  func tables(factors: Int) -> FactorTables {
    var tables = FactorTables(
      factorCount: factors, userFactors: [], itemFactors: [], userBiases: [], itemBiases: [],
      globalMean: 0, ranking: .preference)
    tables.foldIn = .implicit(
      alpha: alpha, regularization: regularization, confidence: confidence)
    return tables
  }

  /// What a rating of `value` adds to the confidence 1 of its pair.
  @inline(__always)
  func weight(of value: Float) -> Float { factor * confidence.weight(value) }
}

extension ImplicitWeights {
  /// The weights, as far as they are not given, for ratings that weigh `sumOfWeights` together.
  init(
    users: Int, items: Int, ratings: Int, factorCount: Int, sumOfWeights: Double, alpha: Double?,
    regularization: Double?
  ) {
    self.init(
      users: users, items: items, ratings: ratings, factorCount: factorCount,
      // Values of 0 alone add no confidence, whatever alpha is.
      meanWeight: sumOfWeights > 0 ? sumOfWeights / Double(ratings) : 1, alpha: alpha,
      regularization: regularization)
  }
}

/// What ratings add to the error of all pairs, which without them is the sum of the squares of all scores.
struct ImplicitError: RowError {
  static let zero = ImplicitError()

  /// The sum of `(1 + a) (1 - s)² - s²` of ratings of the weight a and the score s.
  private(set) var gain = 0.0
  /// The sum of s².
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
