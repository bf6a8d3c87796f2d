import BitCollections
import Errors
import Ratings
import Synchronization

/// Values that a factor model computes once for all users, on first use. Concurrent callers wait.
final class PreparedOnce: Sendable {
  /// Nil before first use; contains nil if a number is not finite.
  private let foldIn = Mutex<FactorFoldIn??>(nil)
  private let average = Mutex<UserVector?>(nil)

  /// Returns the fold-in of `model`, or nil if one of its numbers is not finite.
  func foldIn(of model: FactorModel) -> FactorFoldIn? {
    foldIn.withLock { foldIn in
      if let foldIn { return foldIn }
      let made = FactorFoldIn(of: model)
      foldIn = .some(made)
      return made
    }
  }

  /// Returns the mean user of `model`.
  func average(of model: FactorModel) -> UserVector {
    average.withLock { average in
      if let average { return average }
      let made = model.meanUser()
      average = made
      return made
    }
  }
}

extension FactorModel {
  package func prepareFoldIn() {
    _ = averageUser
    if factorCount <= FactorFoldIn.factorLimit { _ = prepared.foldIn(of: self) }
  }

  /// Computes the user by ``FactorFoldIn``: O(ratings x factors² + factors³).
  package func user(of ratings: [ItemRating]) throws(RecommendingError) -> UserVector {
    let rows = ratings.map(\.item.rawValue).sorted()
    if foldIn == .none {
      return UserVector(elements: user(at: nil).elements, bias: 0, ratedItems: rows)
    }
    guard let solved = try solved(ratings) else {
      // A number in the file is not finite, so neither is the result.
      return UserVector(
        elements: [Float](repeating: .nan, count: factorCount), bias: .nan, ratedItems: rows)
    }
    let numbers = solved.solution.map { Float($0) }
    if case .implicit = foldIn { return UserVector(elements: numbers, bias: 0, ratedItems: rows) }
    return UserVector(elements: Array(numbers.dropFirst()), bias: numbers[0], ratedItems: rows)
  }

  package var ratedValues: RatedValues {
    switch foldIn {
    case .none: .ignored
    case .implicit(_, _, let confidence): confidence == .equal ? .ignored : .confidences
    case .ridge, .population: .ratings
    }
  }

  /// Returns the solved system for these ratings, or nil if it cannot be solved. Throws `modelWithoutFoldIn`.
  func solved(_ ratings: [ItemRating]) throws(RecommendingError) -> FactorFoldIn.Solved? {
    guard factorCount <= FactorFoldIn.factorLimit else {
      throw .withoutFoldIn(
        "a user's \(factorCount) factors can't be computed from ratings", path,
        remedy: "Train with at most \(FactorFoldIn.factorLimit) factors.")
    }
    return prepared.foldIn(of: self)?.solve(ratings, for: self)
  }

  /// The mean bias and factors of the users.
  package var averageUser: UserVector { prepared.average(of: self) }

  package var ratingBounds: ClosedRange<Float>? {
    header.ratingBounds ?? spread?.ratingBounds ?? outputRange.map { $0.lower...$0.upper }
  }

  fileprivate func meanUser() -> UserVector {
    guard userCount > 0 else { return user(at: nil) }
    var sums = [Double](repeating: 0, count: factorCount)
    var (bias, count) = (0.0, 0)
    userFactors.withElements { factors in
      for user in sampledUsers.joined() {
        let row = factors[row: user, length: factorCount]
        for place in sums.indices { sums[place] += Double(row[place]) }
        bias += Double(userBiases[user])
        count += 1
      }
    }
    return UserVector(
      elements: sums.map { Float($0 / Double(count)) }, bias: Float(bias / Double(count)))
  }
}

// MARK: - Inputs of the fold-in

extension FactorModel {
  /// Returns the factors of items, concatenated, each preceded by `bias` if given and zero-padded to `width`.
  func itemVectors(_ rows: some Collection<Int>, width: Int, bias: Double? = nil) -> [Double] {
    Self.vectors(rows, of: itemFactors, factorCount, width: width) { _ in bias }
  }

  private static func vectors(
    _ rows: some Collection<Int>, of factors: TensorColumn<Float>, _ factorCount: Int, width: Int,
    bias: (Int) -> Double?
  ) -> [Double] {
    var vectors = [Double](repeating: 0, count: rows.count * width)
    factors.withElements { factors in
      for (number, row) in rows.enumerated() {
        var place = number * width
        if let bias = bias(row) {
          vectors[place] = bias
          place += 1
        }
        for factor in factors[row: row, length: factorCount] {
          vectors[place] = Double(factor)
          place += 1
        }
      }
    }
    return vectors
  }

  /// Returns the Gram matrix of the factors of the items rated in training: O(items x factors²).
  func itemGram() -> SymmetricSystem {
    var gram = SymmetricSystem(order: factorCount)
    var isCold = BitSet()
    for row in catalogue.coldRows where row < itemCount { isCold.insert(Int(row)) }
    for start in stride(from: 0, to: itemCount, by: Self.rowsAtATime) {
      let rows = (start..<min(start + Self.rowsAtATime, itemCount)).filter { !isCold.contains($0) }
      gram.add(
        itemVectors(rows, width: gram.width),
        weights: [Double](repeating: 1, count: rows.count),
        targets: [Double](repeating: 0, count: rows.count))
    }
    return gram
  }

  private static var rowsAtATime: Int { 256 }

  /// Returns the part of an item's score that is the same for all users.
  func itemOffset(_ row: Int) -> Double { Double(globalMean) + Double(itemBiases[row]) }

  /// Returns the weight of a rating of an item.
  func ratingWeight(_ row: Int) -> Double { spread.map { 1 / $0.itemNoise(row) } ?? 1 }

  /// Returns the sums over the rows of users: O(users x factors²).
  func userRows() -> UserRows {
    var rows = UserRows(factorCount: factorCount)
    for run in sampledUsers {
      rows.add(
        Self.vectors(run, of: userFactors, factorCount, width: rows.width) {
          Double(userBiases[$0])
        })
    }
    return rows
  }

  /// Ranges of users spread evenly over all users: all of up to 65,536, and otherwise a representative sample.
  private var sampledUsers: [Range<Int>] {
    let runCount = (userCount + Self.rowsAtATime - 1) / Self.rowsAtATime
    let taken = min(runCount, 256)
    return (0..<taken).map { number in
      let start = number * runCount / taken * Self.rowsAtATime
      return start..<min(start + Self.rowsAtATime, userCount)
    }
  }

  /// Returns the default variance of ratings around predictions, if the file has none: the mean user's share of the
  /// noise if known, else the square of an eighth of the output range, else the square of twice the standard
  /// deviation of the users' biases.
  func usualNoise(of users: UserRows) -> Double {
    if let spread { return Double(spread.meanUser.noise) }
    if let outputRange {
      let eighth = (Double(outputRange.upper) - Double(outputRange.lower)) / 8
      return eighth * eighth
    }
    return 4 * users.covariance()[0, 0]
  }
}

extension RatingSpreadColumns {
  /// Returns an item's share of the noise, above 0.
  fileprivate func itemNoise(_ row: Int) -> Double { max(1e-6, Double(items[2 * row + 1])) }

  /// The lowest and the highest rating; nil in a damaged file.
  fileprivate var ratingBounds: ClosedRange<Float>? {
    bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : nil
  }
}

extension ExplainedError<RecommendingErrorCode> {
  /// Returns the error for a model that cannot compute users from ratings.
  static func withoutFoldIn(_ problem: String, _ path: String, remedy: String) -> RecommendingError
  {
    RecommendingError(.modelWithoutFoldIn, problem, place: path, remedy: remedy)
  }
}
