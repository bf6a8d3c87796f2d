import Learning
import Recommenders
import TensorCore

/// The mean of a sampler's factor models, as a single factor model.
///
/// The mean of the products P_s Q_sᵀ is not the product of the means. It is the product of all P_s concatenated and all
/// Q_s concatenated, of which most is noise that averaging removes. So only the ``rank`` largest singular values are
/// kept. The columns of a new sample are appended to those of the mean so far. When there is no room left, they are
/// truncated to the rank again, which by the Eckart-Young theorem minimises the squared error over all pairs.
final class ProductMean {
  /// The number of columns kept.
  let rank: Int
  /// The number of samples so far.
  private(set) var count = 0
  private let factorCount: Int
  private let capacity: Int
  /// The columns of the sum of all samples; zero from `filled` on.
  private let users: FactorMatrix
  private let items: FactorMatrix
  private var filled = 0
  /// The sums of the samples' biases and levels.
  private var userBiases: [Float]
  private var itemBiases: [Float]
  private var level = 0.0

  /// Creates an empty mean for samples of `factorCount` factors.
  init(users userCount: Int, items itemCount: Int, factorCount: Int) {
    self.factorCount = factorCount
    rank = Self.rank(users: userCount, items: itemCount, factorCount: factorCount)
    capacity = Self.capacity(users: userCount, items: itemCount, factorCount: factorCount)
    users = FactorMatrix(rows: userCount, factors: capacity)
    items = FactorMatrix(rows: itemCount, factors: capacity)
    userBiases = [Float](repeating: 0, count: userCount)
    itemBiases = [Float](repeating: 0, count: itemCount)
  }

  /// Returns the number of columns kept: 16 more than a sample has, rounded up to a multiple of 16, and at most the
  /// number of users and of items.
  static func rank(users: Int, items: Int, factorCount: Int) -> Int {
    min((factorCount + 32) / 16 * 16, users, items)
  }

  /// Returns the number of columns allocated.
  static func capacity(users: Int, items: Int, factorCount: Int) -> Int {
    rank(users: users, items: items, factorCount: factorCount)
      + max(1, min(4, 128 / factorCount)) * factorCount
  }

  /// Discards all samples.
  func reset() {
    clear(users, from: 0)
    clear(items, from: 0)
    (count, filled, level) = (0, 0, 0)
    for index in userBiases.indices { userBiases[index] = 0 }
    for index in itemBiases.indices { itemBiases[index] = 0 }
  }

  /// Adds a sample: the rows of both sides, each a bias followed by factors. Returns false if a number is not finite.
  func add(
    users: FactorMatrix, items: FactorMatrix, level: Double, in context: ComputeContext
  ) -> Bool {
    if filled + factorCount > capacity { guard reduce(in: context) else { return false } }
    copy(users, to: self.users, in: context)
    copy(items, to: self.items, in: context)
    for row in userBiases.indices { userBiases[row] += users.numbers(of: row)[0] }
    for row in itemBiases.indices { itemBiases[row] += items.numbers(of: row)[0] }
    self.level += level
    filled += factorCount
    count += 1
    return true
  }

  /// Appends the sample's factors as new columns.
  private func copy(_ sample: FactorMatrix, to sum: FactorMatrix, in context: ComputeContext) {
    context.forEachPart(of: sample.rowCount, grain: 256) { [filled, factorCount] rows in
      for row in rows {
        (sum.numbers(of: row) + filled).update(
          from: sample.numbers(of: row) + 1, count: factorCount)
      }
    }
  }

  /// Returns the score of a pair, in standard deviations from the mean rating. A nil side counts as zero.
  func score(user: Int?, item: Int?) -> Double {
    var sum = level
    if let user { sum += Double(userBiases[user]) }
    if let item { sum += Double(itemBiases[item]) }
    if let user, let item { sum += Double(users.product(user, items.row(item))) }
    return sum / Double(max(1, count))
  }
}

extension ProductMean {
  /// Truncates `U Iᵀ` to its ``rank`` largest singular values, where U are the users' columns and I the items'. The
  /// columns end up in descending order, with equal lengths on both sides. Returns false if a number is not finite.
  ///
  /// In the eigenbasis of U's Gram matrix, U's columns are orthogonal. Their lengths are moved to I, which leaves U
  /// orthonormal. In the eigenbasis of I's Gram matrix, both sides' columns are then orthogonal, and the lengths of I's
  /// are the singular values. O(rows x columns²).
  private func reduce(in context: ComputeContext) -> Bool {
    guard let lengths = turn(toBasisOf: users, in: context) else { return false }
    let shortest = 3e-4 * (lengths.last ?? 0)
    let isKept = lengths.map { $0 > shortest }
    scale(users, zip(lengths, isKept).map { $1 ? 1 / $0 : 0 })
    scale(items, zip(lengths, isKept).map { $1 ? $0 : 0 })
    guard let values = turn(toBasisOf: items, in: context) else { return false }
    let roots = values.map { $0.squareRoot() }
    scale(users, roots)
    scale(items, roots.map { $0 > 0 ? 1 / $0 : 0 })
    keepLast(users)
    keepLast(items)
    filled = rank
    return true
  }

  /// Rotates both sides into the eigenbasis of the Gram matrix of `matrix`. Returns the lengths of its columns there,
  /// ascending; nil if a number is not finite.
  private func turn(toBasisOf matrix: FactorMatrix, in context: ComputeContext) -> [Float]? {
    guard
      let basis = SymmetricEigensystem(
        of: matrix.gram(in: context), order: filled, stride: matrix.vectorCount * 16)
    else { return nil }
    users.changeBasis(basis, in: context)
    items.changeBasis(basis, in: context)
    return basis.values.map { max(0, $0).squareRoot() }
  }

  private func scale(_ matrix: FactorMatrix, _ factors: [Float]) {
    for row in 0..<matrix.rowCount {
      let numbers = matrix.numbers(of: row)
      for (column, factor) in factors.enumerated() { numbers[column] *= factor }
    }
  }

  /// Moves the last ``rank`` columns to the front in reverse order, and zeroes the others.
  private func keepLast(_ matrix: FactorMatrix) {
    for row in 0..<matrix.rowCount {
      let numbers = matrix.numbers(of: row)
      for column in 0..<filled / 2 {
        swap(&numbers[column], &numbers[filled - 1 - column])
      }
    }
    clear(matrix, from: rank)
  }

  private func clear(_ matrix: FactorMatrix, from column: Int) {
    guard column < filled else { return }
    for row in 0..<matrix.rowCount {
      (matrix.numbers(of: row) + column).update(repeating: 0, count: filled - column)
    }
  }

  /// Returns the mean as tables on the rating scale before `scaling`. Nil if a number is not finite.
  func tables(_ scaling: RatingScaling, in context: ComputeContext) -> FactorTables? {
    if filled > rank { guard reduce(in: context) else { return nil } }
    let share = scaling.deviation / Double(max(1, count))
    let root = Float(share.squareRoot())
    let columns = 0..<filled
    let tables = FactorTables(
      factorCount: filled, userFactors: users.columns(columns).map { $0 * root },
      itemFactors: items.columns(columns).map { $0 * root },
      userBiases: userBiases.map { Float(Double($0) * share) },
      itemBiases: itemBiases.map { Float(Double($0) * share) },
      globalMean: Float(scaling.mean + level * share))
    return tables.isFinite && tables.globalMean.isFinite ? tables : nil
  }

  /// Returns the mean so far, for a saved state.
  func state() -> SavedState {
    var state = SavedState()
    users.add(to: &state, "users")
    items.add(to: &state, "items")
    state.add("user biases", Tensor([userBiases.count], userBiases))
    state.add("item biases", Tensor([itemBiases.count], itemBiases))
    state.texts["level"] = "\(level.bitPattern)"
    state.texts["samples"] = "\(count)"
    state.texts["columns"] = "\(filled)"
    return state
  }

  /// Restores what ``state()`` returned. Throws `badState` if it belongs to another mean.
  func restore(_ state: SavedState) throws(TrainingError) {
    let columns: Int = try state.value("columns")
    let samples: Int = try state.value("samples")
    guard (0...capacity).contains(columns), samples >= 0 else {
      throw .badState("a mean of \(samples) samples has \(columns) columns")
    }
    try users.restore(state, "users")
    try items.restore(state, "items")
    userBiases = try state.tensor("user biases", [userBiases.count]).elements()
    itemBiases = try state.tensor("item biases", [itemBiases.count]).elements()
    level = Double(bitPattern: try state.value("level"))
    (filled, count) = (columns, samples)
  }
}
