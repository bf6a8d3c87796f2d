/// Solves individual rows of `als` for a fixed other side, on one thread with its own scratch memory.
///
/// For each rating, let v = (1, q_1 ... q_k) with the other row's factors, and c the other row's bias. Then x = (b,
/// p_1 ... p_k) is the solution of
///
///     (sum over ratings of v vᵀ + lambda w) x = sum over ratings of (y - c) v + lambda w f s
///
/// where w is the row's weight, f its activity and s the slope.
struct ALSRowSolver {
  private let lists: RatingLists
  private let own: FactorMatrix
  private let half: ALSHalf
  private let system: NormalEquations

  /// Creates a solver of the rows `own`, with ratings `lists`, in `half`.
  init(_ lists: RatingLists, _ own: FactorMatrix, _ half: ALSHalf) {
    self.lists = lists
    self.own = own
    self.half = half
    system = NormalEquations(vectors: own.vectorCount)
  }

  /// Solves some rows. Returns the sum of squared errors of their ratings, 0 unless `measuring`; nil if a system could
  /// not be solved.
  func solve(_ rows: Range<Int>, measuring: Bool) -> Double? {
    let (other, scaling, prior, slope) = (half.other, half.scaling, half.prior, half.slope)
    var squares = 0.0
    for row in rows {
      let positions = lists.positions(of: row)
      system.begin(unknowns: own.factorCount)
      let ridge = Float(half.regularization * prior.weight(ratings: positions.count))
      for place in 0..<system.order { system.addToDiagonal(ridge, at: place) }
      let pull = ridge * prior.activity(ratings: positions.count)
      let right = UnsafeMutableRawPointer(system.right).assumingMemoryBound(to: Float.self)
      for place in slope.indices { right[place] = pull * slope[place] }
      system.addRatings(
        positions, of: lists, with: other, target: { scaling.scaled($0) }, weight: { _ in 1 })
      guard system.solve() else { return nil }
      own.row(row).update(from: system.solution, count: own.vectorCount)
      guard measuring else { continue }
      for position in positions {
        let score = other.biasedProduct(own.row(row), other.row(Int(lists.others[position])))
        let miss = Double(scaling.scaled(lists.values[position]) - score)
        squares += miss * miss
      }
    }
    return squares
  }
}
