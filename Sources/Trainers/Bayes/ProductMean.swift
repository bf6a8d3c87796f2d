import Learning
import Recommenders
import TensorCore

/// The mean of a model over the samples of a sampler, as one factor model.
///
/// The mean of products P_s Q_sᵀ is not the product of the means, but it is the product of all P_s side by
/// side and all Q_s side by side, and most of that is noise which the mean takes away: of all samples
/// together the ``rank`` largest singular values are kept. As samples come, their columns are put beside
/// those of the mean so far; when there is no room left, these are reduced to the rank again, by Eckart and
/// Young's theorem with the least squared error over all pairs.
final class ProductMean {
  /// The columns that are kept.
  let rank: Int
  /// The samples so far.
  private(set) var count = 0
  private let factorCount: Int
  private let capacity: Int
  /// The columns of the sum of all samples; those from `filled` on are zero.
  private let users: FactorMatrix
  private let items: FactorMatrix
  private var filled = 0
  /// The sums of the samples' biases and levels.
  private var userBiases: [Float]
  private var itemBiases: [Float]
  private var level = 0.0

  /// A mean of no samples, which will have `factorCount` factors.
  init(users userCount: Int, items itemCount: Int, factorCount: Int) {
    self.factorCount = factorCount
    rank = Self.rank(users: userCount, items: itemCount, factorCount: factorCount)
    capacity = Self.capacity(users: userCount, items: itemCount, factorCount: factorCount)
    users = FactorMatrix(rows: userCount, factors: capacity)
    items = FactorMatrix(rows: itemCount, factors: capacity)
    userBiases = [Float](repeating: 0, count: userCount)
    itemBiases = [Float](repeating: 0, count: itemCount)
  }

  /// The columns that are kept of so many users' and items' factors: 16 more than a sample has, and more
  /// to a multiple of 16.
  static func rank(users: Int, items: Int, factorCount: Int) -> Int {
    min((factorCount + 32) / 16 * 16, users, items)
  }

  /// The columns that there is room for.
  static func capacity(users: Int, items: Int, factorCount: Int) -> Int {
    rank(users: users, items: items, factorCount: factorCount)
      + max(1, min(4, 128 / factorCount)) * factorCount
  }

  /// Forgets all samples.
  func reset() {
    clear(users, from: 0)
    clear(items, from: 0)
    (count, filled, level) = (0, 0, 0)
    for index in userBiases.indices { userBiases[index] = 0 }
    for index in itemBiases.indices { itemBiases[index] = 0 }
  }

  /// Adds a sample: the rows of both sides, each a bias and then the factors. Returns false when a number
  /// is not finite.
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

  /// Puts the factors behind the columns so far.
  private func copy(_ sample: FactorMatrix, to sum: FactorMatrix, in context: ComputeContext) {
    context.forEachPart(of: sample.rowCount, grain: 256) { [filled, factorCount] rows in
      for row in rows {
        (sum.numbers(of: row) + filled).update(
          from: sample.numbers(of: row) + 1, count: factorCount)
      }
    }
  }

  /// The score of a pair, in deviations from the mean rating; a side that is nil counts as zero.
  func score(user: Int?, item: Int?) -> Double {
    var sum = level
    if let user { sum += Double(userBiases[user]) }
    if let item { sum += Double(itemBiases[item]) }
    if let user, let item { sum += Double(users.product(user, items.row(item))) }
    return sum / Double(max(1, count))
  }
}

extension ProductMean {
  /// Keeps the ``rank`` largest singular values of `U Iᵀ`, U being the users' columns and I the items', which
  /// come out in falling order and of equal length on both sides. Returns false when a number is not finite.
  ///
  /// In the basis in which U's Gram matrix is diagonal U's columns are orthogonal; with their lengths moved
  /// to I they are of length 1, and in the basis in which I's Gram matrix is diagonal both sides' are
  /// orthogonal: the lengths of I's are the singular values. O(rows x columns²).
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

  /// Turns both sides into the basis in which the Gram matrix of `matrix` is diagonal. Returns the lengths
  /// that its columns have there, ascending; nil when a number is not finite.
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

  /// Moves the last ``rank`` columns to the front, the last first, and leaves zeros behind them.
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

  /// The mean as tables, of ratings as they were before `scaling`. Nil when a number is not finite.
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

  /// The mean so far, for a saved state.
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

  /// Goes on from what ``state()`` gave. Throws `badState` when it is of another mean.
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
