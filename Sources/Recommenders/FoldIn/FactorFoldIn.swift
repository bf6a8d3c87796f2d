import Ratings

/// Computes the bias and factors of users from their ratings, with fixed item factors. Holds the part shared by all
/// users, and solves one linear system per user.
///
/// **Models that predict ratings:** with v = (1, q_1 ... q_k) for a rating y of an item with bias c, x = (b, p)
/// minimises
///
///     sum over ratings of w (y - f(mean + c + x . v))² + deviation of x from its prior (``UserPrior``)
///
/// where w is the inverse of the item's share of the noise if known (``RatingSpread``), else 1, and f is the sigmoid
/// of the output range, if any. With a range, it is solved by the Gauss-Newton method, starting at the mean of the
/// prior (Koren, Bell, Volinsky, "Matrix Factorization Techniques for Recommender Systems", 2009, eq. 5, for one
/// user).
///
/// **Models that only rank:** p minimises the loss of `implicit-als`, which includes all items without a rating:
///
///     (G + lambda (items + sum of a)) p + sum over ratings of a (y . p) y = sum over ratings of (1 + a) y
///
/// with the items' Gram matrix G and the rating weights a = alpha w (Hu, Koren, Volinsky, "Collaborative Filtering
/// for Implicit Feedback Datasets", 2008, eq. 4).
///
/// O(ratings x factors² + factors³), times the number of iterations if there is a range.
struct FactorFoldIn: Sendable {
  /// The maximum number of factors for fold-in: with more, one user would take seconds.
  static let factorLimit = 1024
  /// The maximum number of Gauss-Newton steps.
  private static let iterationLimit = 2

  private enum Rule: Sendable {
    case none
    case implicit(gram: SymmetricSystem, alpha: Double, regularization: Double, Confidence)
    case expected(UserPrior)
  }

  /// A factored system, with its solution: the user's bias, if any, and factors.
  struct Solved: Sendable {
    /// The Cholesky factor U.
    let system: SymmetricSystem
    let solution: [Double]
    /// The vectors v of the ratings, concatenated, and the coefficient of each in the right-hand side.
    let vectors: [Double]
    let targets: [Double]
  }

  private let rule: Rule
  private let itemCount: Int

  /// Computes the part shared by all users: O(items or users x factors²). Nil if a number is not finite.
  init?(of model: FactorModel) {
    itemCount = model.itemCount
    switch model.foldIn {
    case .none: rule = .none
    case .implicit(let alpha, let regularization, let confidence):
      rule = .implicit(
        gram: model.itemGram(), alpha: alpha, regularization: regularization, confidence)
    case .ridge(let fixed, let perRating, let factorScale):
      rule = .expected(
        UserPrior(
          factorCount: model.factorCount, fixed: fixed, perRating: perRating,
          factorScale: factorScale, slope: model.userSlope))
    case .population(let noise):
      let users = model.userRows()
      guard
        let prior = UserPrior(of: users, noise: noise ?? model.usualNoise(of: users))
      else { return nil }
      rule = .expected(prior)
    }
  }

  /// Solves the system of a user with these ratings. Returns nil if the model learns nothing about users or the
  /// system cannot be solved.
  func solve(_ ratings: [ItemRating], for model: FactorModel) -> Solved? {
    switch rule {
    case .none: return nil
    case .implicit(let gram, let alpha, let regularization, let confidence):
      let weights = ratings.map { alpha * Double(confidence.weight($0.value)) }
      let vectors = model.itemVectors(ratings.map(\.item.position), width: gram.width)
      let targets = weights.map { 1 + $0 }
      var system = gram
      system.add(vectors, weights: weights, targets: targets)
      // Without regularisation, a factor that is 0 for all items must not make the system singular.
      let least = 1e-9 * (0..<gram.order).reduce(1e-9) { max($0, gram[$1, $1]) }
      let total = Double(itemCount) + weights.reduce(0, +)
      system.addToDiagonal(max(least, regularization * total))
      return Self.solved(system, vectors, targets)
    case .expected(let prior): return solve(ratings, for: model, from: prior)
    }
  }

  private func solve(
    _ ratings: [ItemRating], for model: FactorModel, from prior: UserPrior
  ) -> Solved? {
    let rows = ratings.map(\.item.position)
    let start = prior.system(ratings: ratings.count)
    let vectors = model.itemVectors(rows, width: start.width, bias: 1)
    let offsets = rows.map { model.itemOffset($0) }
    let noise = rows.map { model.ratingWeight($0) }
    guard let range = model.outputRange else {
      let targets = ratings.indices.map { noise[$0] * (Double(ratings[$0].value) - offsets[$0]) }
      var system = start
      system.add(vectors, weights: noise, targets: targets)
      return Self.solved(system, vectors, targets)
    }
    var solution = prior.expected(ratings: ratings.count)
    var solved: Solved?
    for _ in 0..<Self.iterationLimit {
      var (weights, targets) = ([Double](), [Double]())
      for (place, rating) in ratings.enumerated() {
        let own = product(solution, vectors, from: place * start.width)
        let (value, slope) = range.tangent(at: offsets[place] + own)
        weights.append(noise[place] * slope * slope)
        targets.append(noise[place] * slope * (Double(rating.value) - value + slope * own))
      }
      var system = start
      system.add(vectors, weights: weights, targets: targets)
      guard let next = Self.solved(system, vectors, targets) else { return nil }
      let change = zip(solution, next.solution).reduce(0.0) { max($0, abs($1.0 - $1.1)) }
      (solution, solved) = (next.solution, next)
      if change < 1e-3 { break }
    }
    return solved
  }

  private static func solved(
    _ system: SymmetricSystem, _ vectors: [Double], _ targets: [Double]
  ) -> Solved? {
    var system = system
    guard system.factor() else { return nil }
    return Solved(
      system: system, solution: system.solution(for: system.right), vectors: vectors,
      targets: targets)
  }
}

/// Returns the inner product of `left` with the elements of `right` from `start` on. Traps if there are too few.
func product(_ left: [Double], _ right: [Double], from start: Int = 0) -> Double {
  precondition(start >= 0 && start + left.count <= right.count)
  return left.withUnsafeBufferPointer { left in
    right.withUnsafeBufferPointer { right in
      var sum = 0.0
      for place in left.indices { sum.addProduct(left[place], right[start + place]) }
      return sum
    }
  }
}
