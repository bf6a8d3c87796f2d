import TensorCore

/// Ridge regression that predicts rows of numbers from content vectors x: a mean plus a linear function of x. For
/// observations i with targets y and weights w, B and b minimise
///
///     sum over i of w(i) |y(i) - b - B (x(i) - mean x)|² + lambda |B|²
///
/// in closed form (Hoerl, Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", 1970, eq. 2.1; the
/// intercept b is not penalised). The solution is also well defined if x has more components than there are
/// observations.
///
/// **Lambda** is chosen from a grid of multiples of the mean variance of x by ``foldCount``-fold cross-validation
/// (Stone, "Cross-validatory choice and assessment of statistical predictions", 1974). If the mean alone is better than
/// every lambda, x has no predictive value, and B is 0. The errors are computed from the folds' product matrices: no
/// observation is read twice.
///
/// **Repeatable:** bit-identical for any number of threads.
struct ContentRegression: Sendable {
  /// The number of folds.
  static let foldCount = 5
  /// The minimum number of observations: two per fold.
  static let leastCount = 2 * foldCount
  /// The grid for lambda, in multiples of the mean variance of x summed over the observations.
  static let grid: [Double] = (-8...6).map { exponent in
    var ratio = 1.0
    for _ in 0..<abs(exponent) { ratio *= 10.0.squareRoot() }
    return exponent < 0 ? 1 / ratio : ratio
  }

  /// The mean of x.
  let center: [Float]
  /// For each target, b followed by B's row: targets x (1 + width).
  let coefficients: [Double]
  /// The chosen multiple; nil if x has no predictive value.
  let ridge: Double?
  /// The relative reduction of the cross-validated error compared with the mean alone; 0 if x has no predictive value.
  let explained: Double
  /// The cross-validated error per unit of weight.
  let error: Double
  private let system: ContentProducts.System

  /// The length of x.
  var width: Int { center.count }
  /// The number of targets.
  var targetCount: Int { coefficients.count / (width + 1) }

  /// The observations of a regression.
  struct Observations: Sendable {
    let count: Int
    let width: Int
    let targetCount: Int
    /// The weight of an observation, positive.
    let weight: @Sendable (Int) -> Float
    /// Writes x of an observation.
    let writeContent: @Sendable (Int, UnsafeMutableBufferPointer<Float>) -> Void
    /// Writes y of an observation.
    let writeTargets: @Sendable (Int, UnsafeMutableBufferPointer<Float>) -> Void
  }

  /// Fits `observations` with the error `(y - ŷ)ᵀ metric (y - ŷ)`, or the sum of squares without a metric. Nil if a
  /// number is not finite. Traps if there are fewer than ``leastCount`` observations.
  ///
  /// Time: O(observations x (width + targets)² + grid x folds x width³). Memory:
  /// O((width + targets) x (width + targets + observations per fold)).
  init?(
    _ observations: Observations, metric: [Double]? = nil, in context: ComputeContext
  ) {
    precondition(observations.count >= Self.leastCount, "\(observations.count) observations")
    let targets = observations.targetCount
    precondition(metric.map { $0.count == targets * targets } ?? true)
    let center = Self.center(observations)
    self.center = center
    let folds = (0..<Self.foldCount).map {
      ContentProducts(observations, fold: $0, center: center, in: context)
    }
    let all = folds.dropFirst().reduce(folds[0]) { $0.adding($1) }
    guard all.isFinite else { return nil }
    let trainings = folds.map { all.subtracting($0) }
    func error(_ ratio: Double?) -> Double? {
      let errors = context.mapChunks(of: folds.count, size: 1) { chunk -> Double? in
        let fold = chunk.lowerBound
        return trainings[fold].system(ratio: ratio).map {
          folds[fold].error(of: trainings[fold].solution(by: $0), metric)
        }
      }
      let known = errors.compactMap(\.self)
      return known.count == errors.count ? known.reduce(0, +) : nil
    }
    guard let ofMean = error(nil) else { return nil }
    var best: (ratio: Double?, error: Double) = (nil, ofMean)
    if all.variance > 0 {
      for ratio in Self.grid {
        if let error = error(ratio), error < best.error { best = (ratio, error) }
      }
    }
    guard let system = all.system(ratio: best.ratio) else { return nil }
    self.system = system
    coefficients = all.solution(by: system)
    ridge = best.ratio
    explained = ofMean > 0 ? max(0, 1 - best.error / ofMean) : 0
    self.error = best.error / all.weight
  }

  /// Returns the predicted targets for the content `vector`.
  func targets(of vector: some Collection<Float>) -> [Double] {
    let deviations = zip(vector, center).map { Double($0 - $1) }
    return (0..<targetCount).map { target in
      let start = target * (width + 1)
      var sum = coefficients[start]
      for (place, deviation) in deviations.enumerated() {
        sum += coefficients[start + 1 + place] * deviation
      }
      return sum
    }
  }

  /// Returns the coefficients for other targets. `mixed` has one row per target: the sums over the observations of
  /// w(i) y(i) and of w(i) y(i) (x(i) - mean x).
  func coefficients(ofProducts mixed: [Double]) -> [Double] { system.solutions(for: mixed) }

  private static func center(_ observations: Observations) -> [Float] {
    var sums = [Double](repeating: 0, count: observations.width)
    var weight = 0.0
    var vector = [Float](repeating: 0, count: observations.width)
    for observation in 0..<observations.count {
      vector.withUnsafeMutableBufferPointer { observations.writeContent(observation, $0) }
      let own = Double(observations.weight(observation))
      for place in sums.indices { sums[place] += own * Double(vector[place]) }
      weight += own
    }
    return sums.map { Float($0 / weight) }
  }
}

/// The weighted Gram matrix of the columns of observations: 1, x minus its mean, and y.
struct ContentProducts: Sendable {
  let width: Int
  let targetCount: Int
  /// (1 + width) x (1 + width).
  private var contents: [Double]
  /// targets x (1 + width).
  private var mixed: [Double]
  /// targets x targets.
  private var targets: [Double]

  /// Computes the products of every ``ContentRegression/foldCount``-th observation, starting at `fold`.
  init(
    _ observations: ContentRegression.Observations, fold: Int, center: [Float],
    in context: ComputeContext
  ) {
    let (width, targetCount) = (observations.width, observations.targetCount)
    self.width = width
    self.targetCount = targetCount
    let numbers = Array(stride(from: fold, to: observations.count, by: ContentRegression.foldCount))
    let (order, length) = (width + 1, 1 + width + targetCount)
    let rows = UnsafeMutableBufferPointer<Float>.allocate(capacity: numbers.count * length)
    defer { rows.deallocate() }
    nonisolated(unsafe) let shared = rows
    context.forEachPart(of: numbers.count) { part in
      for place in part {
        let row = UnsafeMutableBufferPointer(
          rebasing: shared[place * length..<(place + 1) * length])
        row.initialize(repeating: 0)
        let root = observations.weight(numbers[place]).squareRoot()
        row[0] = root
        let content = UnsafeMutableBufferPointer(rebasing: row[1..<order])
        observations.writeContent(numbers[place], content)
        for column in content.indices {
          content[column] = root * (content[column] - center[column])
        }
        let targets = UnsafeMutableBufferPointer(rebasing: row[order..<length])
        observations.writeTargets(numbers[place], targets)
        for column in targets.indices { targets[column] *= root }
      }
    }
    let gram = GramMatrix.of(UnsafeBufferPointer(rows), length: length, in: context)
    func part(_ rows: Range<Int>, _ columns: Range<Int>) -> [Double] {
      rows.flatMap { row in columns.map { Double(gram[row * length + $0]) } }
    }
    contents = part(0..<order, 0..<order)
    mixed = part(order..<length, 0..<order)
    targets = part(order..<length, order..<length)
  }

  /// The sum of the weights.
  var weight: Double { contents[0] }

  /// The variance of x summed over the observations, averaged over its columns.
  var variance: Double {
    guard width > 0 else { return 0 }
    let order = width + 1
    return (1..<order).reduce(0) { $0 + contents[$1 * order + $1] } / Double(width)
  }

  var isFinite: Bool {
    contents.allSatisfy({ $0.isFinite }) && mixed.allSatisfy({ $0.isFinite })
      && targets.allSatisfy({ $0.isFinite })
  }

  func adding(_ other: ContentProducts) -> ContentProducts { combined(other, +) }
  func subtracting(_ other: ContentProducts) -> ContentProducts { combined(other, -) }

  private func combined(_ other: ContentProducts, _ operation: (Double, Double) -> Double)
    -> ContentProducts
  {
    var result = self
    result.contents = zip(contents, other.contents).map(operation)
    result.mixed = zip(mixed, other.mixed).map(operation)
    result.targets = zip(targets, other.targets).map(operation)
    return result
  }

  /// A factorised system for coefficients.
  enum System: Sendable {
    /// The mean alone, for observations with this total weight and content of this length.
    case mean(weight: Double, width: Int)
    case ridge(CholeskyFactor)

    /// Returns the coefficients for each row of products.
    func solutions(for mixed: [Double]) -> [Double] {
      switch self {
      case .ridge(let factor): return factor.solutions(for: mixed)
      case .mean(let weight, let width):
        var solutions = [Double](repeating: 0, count: mixed.count)
        for start in stride(from: 0, to: mixed.count, by: width + 1) {
          solutions[start] = mixed[start] / weight
        }
        return solutions
      }
    }
  }

  /// Returns the system for a multiple of the variance, or that of the mean alone for nil. Nil if it cannot be solved.
  func system(ratio: Double?) -> System? {
    guard let ratio else { return weight > 0 ? .mean(weight: weight, width: width) : nil }
    let order = width + 1
    var system = contents
    for place in 1..<order { system[place * order + place] += ratio * variance }
    return CholeskyFactor(of: system, order: order).map { .ridge($0) }
  }

  func solution(by system: System) -> [Double] { system.solutions(for: mixed) }

  /// Returns the error of coefficients.
  func error(of coefficients: [Double], _ metric: [Double]?) -> Double {
    let order = width + 1
    let predicted = DoubleProduct.of(coefficients, rows: targetCount, contents, columns: order)
    let measured =
      metric.map { DoubleProduct.of($0, rows: targetCount, coefficients, columns: order) }
      ?? coefficients
    var sum = 0.0
    for (place, number) in measured.enumerated() {
      sum += number * (predicted[place] - 2 * mixed[place])
    }
    for target in 0..<targetCount {
      guard let metric else {
        sum += targets[target * targetCount + target]
        continue
      }
      for other in 0..<targetCount {
        let place = target * targetCount + other
        sum += metric[place] * targets[place]
      }
    }
    return max(0, sum)
  }
}
