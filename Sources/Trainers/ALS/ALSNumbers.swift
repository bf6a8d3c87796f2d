import Errors
import Learning
import Recommenders

/// Converts `als` rows, trained on ratings with mean 0 and standard deviation 1, to a model on the original scale:
/// factors of both sides are multiplied by the square root of the deviation, biases by the deviation.
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

  /// Returns a model without users and items. `slope` is the users' slope, and `root` their ``ALSPrior/root``. The file
  /// stores the slope per unit of log(1 + number of ratings).
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

  /// The ratings are so large that a parameter of the model is not finite.
  static let tooLarge = TrainingError(
    .badData, "ratings are too large for single precision", place: "ratings",
    remedy: "Rescale them and import them again.")
}
