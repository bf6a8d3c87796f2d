import Foundation

/// The prior of a user's bias and factors, x = (b, p_1 ... p_k): the mean `m + ln(1 + n) s` and the precision
/// `(fixed + perRating n) P` for n ratings, in units in which the noise of a rating has variance 1 (``FoldIn``).
struct UserPrior: Sendable {
  private let precision: SymmetricSystem
  private let fixed: Double
  private let perRating: Double
  private let mean: [Double]
  private let slope: [Double]
  /// P m and P s.
  private let pulls: (mean: [Double], slope: [Double])

  private init(
    _ precision: SymmetricSystem, fixed: Double, perRating: Double, mean: [Double],
    slope: [Double]
  ) {
    self.precision = precision
    self.fixed = fixed
    self.perRating = perRating
    self.mean = mean
    self.slope = slope
    pulls = (precision.product(mean), precision.product(slope))
  }

  /// Creates the prior of a least-squares training: precision 1 for the bias and `factorScale` for each factor.
  init(
    factorCount: Int, fixed: Double, perRating: Double, factorScale: Double, slope: [Float]?
  ) {
    var precision = SymmetricSystem(order: factorCount + 1)
    precision[0, 0] = 1
    for place in 1..<factorCount + 1 { precision[place, place] = factorScale }
    self.init(
      precision, fixed: fixed, perRating: perRating,
      mean: [Double](repeating: 0, count: factorCount + 1),
      slope: slope.map { $0.map { Double($0) } }
        ?? [Double](repeating: 0, count: factorCount + 1))
  }

  /// Creates a prior from the mean and the covariance of users' rows, for ratings with the variance `noise` around
  /// predictions.
  ///
  /// The covariance is shrunk towards its diagonal by the share k / (k + users), for rows of k numbers (in the manner
  /// of Ledoit, Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004). Nil if a number
  /// is not finite.
  init?(of users: UserRows, noise: Double) {
    let mean = users.mean
    let order = mean.count
    var covariance = users.covariance()
    let share = Double(order) / Double(order + users.count)
    for row in 0..<order {
      // A number that is the same for all users is fixed at that value.
      covariance[row, row] = max(covariance[row, row], 1e-9 * mean[row] * mean[row], 1e-30)
      for column in row + 1..<max(order, row + 1) { covariance[row, column] *= 1 - share }
    }
    guard covariance.factor() else { return nil }
    var precision = SymmetricSystem(order: order)
    for row in 0..<order {
      var unit = [Double](repeating: 0, count: order)
      unit[row] = max(noise, 1e-9)
      for (column, number) in covariance.solution(for: unit).enumerated() where column >= row {
        precision[row, column] = number
      }
    }
    self.init(
      precision, fixed: 1, perRating: 0, mean: mean,
      slope: [Double](repeating: 0, count: order))
  }

  /// Returns the prior mean of a user with `count` ratings.
  func expected(ratings count: Int) -> [Double] {
    let activity = log(1 + Double(count))
    return zip(mean, slope).map { $0 + activity * $1 }
  }

  /// Returns the system whose solution is ``expected(ratings:)``, ready for ratings to be added.
  func system(ratings count: Int) -> SymmetricSystem {
    let (activity, weight) = (log(1 + Double(count)), fixed + perRating * Double(count))
    var system = precision
    if weight != 1 { system.scale(by: weight) }
    system.addToRight(zip(pulls.mean, pulls.slope).map { weight * ($0 + activity * $1) })
    return system
  }
}

/// The sums over the rows of a model's users, each a bias followed by factors.
struct UserRows: Sendable {
  private(set) var count = 0
  private var sums: SymmetricSystem

  /// Creates sums over no rows.
  init(factorCount: Int) { sums = SymmetricSystem(order: factorCount + 1) }

  /// The padded length of a row.
  var width: Int { sums.width }

  /// Adds concatenated rows, each zero-padded to ``width``.
  mutating func add(_ rows: [Double]) {
    let ones = [Double](repeating: 1, count: rows.count / width)
    sums.add(rows, weights: ones, targets: ones)
    count += ones.count
  }

  /// The mean of the rows; zeros if there are none.
  var mean: [Double] { sums.right.prefix(sums.order).map { $0 / Double(max(1, count)) } }

  /// Returns the covariance of the rows, normalised by their number.
  func covariance() -> SymmetricSystem {
    var covariance = sums
    covariance.scale(by: 1 / Double(max(1, count)))
    let mean = mean
    covariance.add(
      mean + [Double](repeating: 0, count: width - mean.count), weights: [-1], targets: [0])
    return covariance
  }
}
