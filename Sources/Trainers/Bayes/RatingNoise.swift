import TensorCore

/// The noise of ratings around the scores of their rows: normal, with the precision
///
///     precision x precision of the user x precision of the item
///
/// and a mean, the level, common to all ratings. Precisions per user and item follow Lakshminarayanan, Bouchard,
/// Archambeau, "Robust Bayesian Matrix Factorisation", 2011. The prior of a row's precision is a gamma distribution of
/// mean 1 and shape ``rowShape`` / 2.
struct RatingNoise: Sendable {
  /// Twice the shape of the prior of a row's precision.
  static let rowShape = 10.0
  /// The bounds of a row's precision, and the upper bound of the overall one. Single precision cannot resolve values
  /// beyond.
  private static let (rowBounds, highest) = (0.02...20.0, 1000.0)

  var level = 0.0
  var precision = 1.0

  /// Sums over ratings of residuals, before the level is subtracted.
  struct Sums: Sendable {
    /// The sums of the weights w, of w r and of w r².
    var weight = 0.0
    var first = 0.0
    var second = 0.0
    /// The unweighted sum of squared errors, and the number of ratings.
    var squares = 0.0
    var count = 0

    static func += (left: inout Self, right: Self) {
      left.add(right, weight: 1)
    }

    /// Adds other sums, scaling their weights by `weight`.
    mutating func add(_ other: Self, weight: Double) {
      self.weight += weight * other.weight
      first += weight * other.first
      second += weight * other.second
      squares += other.squares
      count += other.count
    }

    /// Returns the weighted sum of squared residuals after subtracting the level.
    func squares(around level: Double) -> Double {
      max(0, second - 2 * level * first + level * level * weight)
    }
  }

  /// Draws a row's precision given the sums over its ratings, weighted by the other side's precisions.
  func drawRowPrecision(_ sums: Sums, _ random: inout RandomStream) -> Double {
    let shape = (Self.rowShape + Double(sums.count)) / 2
    let rate = (Self.rowShape + precision * sums.squares(around: level)) / 2
    return min(
      max(random.nextGamma(shape: shape) / rate, Self.rowBounds.lowerBound),
      Self.rowBounds.upperBound)
  }

  /// Draws the level and then the precision, given the sums over all ratings weighted by both sides' precisions. The
  /// prior of the level is flat; that of the precision is gamma(1, 0.01).
  mutating func draw(_ sums: Sums, _ random: inout RandomStream) {
    level =
      sums.first / sums.weight
      + random.nextNormal() / (precision * sums.weight).squareRoot()
    let rate = 0.01 + sums.squares(around: level) / 2
    precision = min(random.nextGamma(shape: 1 + Double(sums.count) / 2) / rate, Self.highest)
  }
}
