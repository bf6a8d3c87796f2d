import TensorCore

/// Solves the factors x of individual rows of `implicit-als` for a fixed other side, on one thread with its own scratch
/// memory.
///
/// The other side's factors are in the eigenbasis of their Gram matrix, G, which is diagonal. With the factors y of the
/// rows that the row has ratings with, and the weights a = alpha w, x is the solution of
///
///     (G + lambda) x + sum over ratings of (a (y . x) - (1 + a)) y = 0
///
/// **Few ratings:** let D = (G + lambda)⁻¹, Y the matrix of the y, and A the diagonal matrix of the a. Then
///
///     x = D Yᵀ A^½ z,   (1 + A^½ Y D Yᵀ A^½) z = A^-½ (1 + a)
///
/// a system with as many unknowns as ratings (the Woodbury identity).
///
/// **Many ratings:** the system with as many unknowns as factors. If they exceed a block, the change of one block of x
/// at a time is solved for, while the products y . x are kept up to date (iALS++).
struct ImplicitRowSolver {
  typealias Vector = FactorMatrix.Vector

  /// The vectors per block, 64 factors; also the maximum number of "few" ratings, in vectors.
  private static let blockSize = 4
  /// The smallest weight whose square root is used as a divisor.
  private static let leastWeight: Float = 1e-3

  private let lists: RatingLists
  private let own: FactorMatrix
  private let other: FactorMatrix
  private let otherCount: Int
  private let basis: SymmetricEigensystem
  private let weighting: ImplicitWeighting
  private let blocks: [Range<Int>]
  private let system: NormalEquations
  /// The diagonal of G, and the square roots of D's diagonal.
  private let spectrum: ScratchMemory<Vector>
  private let scales: ScratchMemory<Vector>
  /// The row before its change of basis.
  private let start: ScratchMemory<Vector>

  /// Creates a solver of the rows `own`, with ratings `lists`, in `half`.
  init(_ lists: RatingLists, _ own: FactorMatrix, _ half: ImplicitHalf) {
    self.lists = lists
    self.own = own
    other = half.other
    otherCount = half.otherCount
    basis = half.basis
    weighting = half.weighting
    let count = (own.vectorCount + Self.blockSize - 1) / Self.blockSize
    blocks = (0..<count).map {
      $0 * own.vectorCount / count..<($0 + 1) * own.vectorCount / count
    }
    system = NormalEquations(vectors: Self.blockSize)
    spectrum = ScratchMemory(own.vectorCount, zero: .zero)
    scales = ScratchMemory(own.vectorCount, zero: .zero)
    start = ScratchMemory(own.vectorCount, zero: .zero)
    for (place, value) in basis.values.enumerated() {
      // Rounding may make a zero eigenvalue negative.
      spectrum.base[place / 16][place % 16] = max(0, value)
    }
  }

  /// Solves some rows. Returns the contribution of their ratings to the error, zero unless `measuring`; nil if a system
  /// could not be solved.
  func solve(_ rows: Range<Int>, measuring: Bool) -> ImplicitError? {
    let longest = rows.reduce(0) { max($0, lists.positions(of: $1).count) }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * longest) { memory in
      var error = ImplicitError()
      for row in rows {
        let positions = lists.positions(of: row)
        let weights = UnsafeMutableBufferPointer(rebasing: memory[..<positions.count])
        let scores = UnsafeMutableBufferPointer(
          rebasing: memory[longest..<longest + positions.count])
        var (total, least) = (0.0, Float.infinity)
        for (place, position) in positions.enumerated() {
          let weight = weighting.weight(of: lists.values[position])
          weights[place] = weight
          total += Double(weight)
          least = min(least, weight)
        }
        let ridge = Float(weighting.regularization * (Double(otherCount) + total))
        let isShort =
          positions.count <= 16 * min(Self.blockSize, own.vectorCount) && least >= Self.leastWeight
        let isSolved =
          isShort
          ? solveShort(row, positions, weights, ridge)
          : solve(row, positions, weights, scores, ridge)
        guard isSolved else { return nil }
        guard measuring else { continue }
        for (place, position) in positions.enumerated() {
          error.add(
            other.product(Int(lists.others[position]), own.row(row)), weight: weights[place])
        }
      }
      return error
    }
  }

  // MARK: - Few ratings

  private func solveShort(
    _ row: Int, _ positions: Range<Int>, _ weights: UnsafeMutableBufferPointer<Float>,
    _ ridge: Float
  ) -> Bool {
    let (scales, vectorCount) = (scales.base, own.vectorCount)
    for vector in 0..<vectorCount {
      scales[vector] = (1 / (spectrum.base[vector] + ridge)).squareRoot()
    }
    system.begin(unknowns: positions.count)
    let (width, order) = (system.width, system.order)
    let right = UnsafeMutableRawPointer(system.right).assumingMemoryBound(to: Float.self)
    for place in 0..<order { system.addToDiagonal(1, at: place) }
    for place in weights.indices {
      right[place] = (1 + weights[place]) / weights[place].squareRoot()
    }
    // D^½ Yᵀ A^½, one row per factor.
    let rows = UnsafeMutableRawPointer(system.rows).assumingMemoryBound(to: Float.self)
    for first in stride(from: 0, to: vectorCount, by: NormalEquations.piece / 16) {
      let end = min(first + NormalEquations.piece / 16, vectorCount)
      for (place, position) in positions.enumerated() {
        let others = other.row(Int(lists.others[position]))
        let root = weights[place].squareRoot()
        var to = rows + place
        for vector in first..<end {
          let numbers = others[vector] * scales[vector] * root
          for lane in 0..<16 {
            to.pointee = numbers[lane]
            to += width
          }
        }
      }
      for factor in 0..<(end - first) * 16 {
        for place in positions.count..<order { rows[factor * width + place] = 0 }
      }
      system.addRows((end - first) * 16)
    }
    guard system.solve() else { return false }
    let solution = UnsafeRawPointer(system.solution).assumingMemoryBound(to: Float.self)
    let factors = own.row(row)
    factors.update(repeating: .zero, count: vectorCount)
    for (place, position) in positions.enumerated() {
      let others = other.row(Int(lists.others[position]))
      let share = solution[place] * weights[place].squareRoot()
      for vector in 0..<vectorCount { factors[vector].addProduct(others[vector], share) }
    }
    for vector in 0..<vectorCount { factors[vector] *= scales[vector] * scales[vector] }
    return true
  }

  // MARK: - Many ratings

  private func solve(
    _ row: Int, _ positions: Range<Int>, _ weights: UnsafeMutableBufferPointer<Float>,
    _ scores: UnsafeMutableBufferPointer<Float>, _ ridge: Float
  ) -> Bool {
    let factors = own.row(row)
    if blocks.count == 1 {
      factors.update(repeating: .zero, count: own.vectorCount)
      scores.update(repeating: 0)
    } else {
      changeBasis(row)
      for (place, position) in positions.enumerated() {
        scores[place] = other.product(Int(lists.others[position]), factors)
      }
    }
    for block in blocks {
      system.begin(unknowns: 16 * block.count)
      for vector in 0..<block.count {
        let diagonal = spectrum.base[block.lowerBound + vector] + ridge
        system.right[vector] = -(diagonal * factors[block.lowerBound + vector])
        for lane in 0..<16 { system.addToDiagonal(diagonal[lane], at: vector * 16 + lane) }
      }
      addRatings(positions, weights, scores, block)
      guard system.solve() else { return false }
      let change = system.solution
      for vector in 0..<block.count { factors[block.lowerBound + vector] += change[vector] }
      guard block.upperBound < own.vectorCount else { continue }
      for (place, position) in positions.enumerated() {
        let others = other.row(Int(lists.others[position])) + block.lowerBound
        var sum = Vector.zero
        for vector in 0..<block.count { sum.addProduct(others[vector], change[vector]) }
        scores[place] += sum.total
      }
    }
    return true
  }

  /// Rotates the current row into the basis of the other side.
  private func changeBasis(_ row: Int) {
    let (factors, start, numbers) = (own.row(row), start.base, own.numbers(of: row))
    for vector in 0..<own.vectorCount { start[vector] = factors[vector] }
    let old = UnsafeRawPointer(start).assumingMemoryBound(to: Float.self)
    let order = basis.order
    basis.vectors.withUnsafeBufferPointer { vectors in
      for factor in 0..<order {
        let eigenvector = vectors.baseAddress.unsafelyUnwrapped + factor * order
        var sum = Vector.zero
        var place = 0
        while place + 16 <= order {
          let numbers = UnsafeRawPointer(eigenvector + place).loadUnaligned(as: Vector.self)
          sum.addProduct(numbers, start[place / 16])
          place += 16
        }
        var total = sum.total
        while place < order {
          total += eigenvector[place] * old[place]
          place += 1
        }
        numbers[factor] = total
      }
    }
  }

  /// Adds the ratings to both sides of the system.
  private func addRatings(
    _ positions: Range<Int>, _ weights: UnsafeMutableBufferPointer<Float>,
    _ scores: UnsafeMutableBufferPointer<Float>, _ block: Range<Int>
  ) {
    let (rows, right, count) = (system.rows, system.right, block.count)
    var filled = 0
    for (place, position) in positions.enumerated() {
      let others = other.row(Int(lists.others[position])) + block.lowerBound
      let weight = weights[place]
      let root = weight.squareRoot()
      let residual = 1 + weight - weight * scores[place]
      let to = rows + filled * count
      for vector in 0..<count {
        let numbers = others[vector]
        to[vector] = numbers * root
        right[vector].addProduct(numbers, residual)
      }
      filled += 1
      if filled == NormalEquations.piece {
        system.addRows(filled)
        filled = 0
      }
    }
    if filled > 0 { system.addRows(filled) }
  }
}
