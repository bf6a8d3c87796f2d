import Errors
import Learning
import Recommenders

/// What numbers of an `als` training, of ratings with a mean of 0 and a deviation of 1, are in a model of ratings as
/// they are: the factors of both sides times the root of the deviation, biases times the deviation.
struct ALSNumbers: Sendable {
  let factorUnit: Float
  let biasUnit: Double
  private let mean: Double
  private let options: ALSOptions

  init(_ scaling: RatingScaling, _ options: ALSOptions) {
    factorUnit = Float(scaling.deviation.squareRoot())
    biasUnit = scaling.deviation
    mean = scaling.mean
    self.options = options
  }

  /// A model without users and items. `slope` is that of the users, and `root` their ``ALSPrior/root``: what the file
  /// says is for each unit of the logarithm of 1 and the number of ratings.
  func tables(slope: [Float], root: Double) -> FactorTables {
    var tables = FactorTables(
      factorCount: options.factorCount, userFactors: [], itemFactors: [], userBiases: [],
      itemBiases: [], globalMean: Float(mean))
    tables.foldIn = .ridge(
      fixed: options.regularization * options.userDamping, perRating: options.regularization,
      factorScale: biasUnit)
    let unit = Float(root > 0 ? 1 / root : 0)
    tables.userSlope =
      [slope[0] * Float(biasUnit) * unit]
      + slope[1..<options.factorCount + 1].map { $0 * factorUnit * unit }
    return tables
  }

  /// Ratings are so large that a number of the model is not finite.
  static let tooLarge = TrainingError(
    .badData, "ratings are too large for single precision", place: "ratings",
    remedy: "Bring them to a smaller scale and import them again.")
}
