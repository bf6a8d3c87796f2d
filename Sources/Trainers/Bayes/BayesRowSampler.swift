import TensorCore

/// Draws the rows of one side of a `bayes` training, conditional on everything else, on one thread with its own scratch
/// memory.
///
/// For a rating y with the other side's row z = (c, q_1 ... q_k), let v = (1, q_1 ... q_k). Given the row x = (b,
/// p_1 ... p_k), the rating is `level + c + v . x` plus the noise of ``RatingNoise``, with precision w. The conditional
/// distribution of x is normal, with precision and mean
///
///     A = P + sum over ratings of w v vᵀ,   A⁻¹ (P m + sum of w (y - level - c) v)
///
/// where P and m are the precision and the mean of ``FactorPrior`` (Salakhutdinov, Mnih, 2008, eq. 11 to 13). Rows are
/// conditionally independent, and each has its own random stream, so that results do not depend on the number of
/// threads.
struct BayesRowSampler {
  private typealias Vector = FactorMatrix.Vector

  private let own: BayesSide
  private let other: BayesSide
  private let scaling: RatingScaling
  private let seed: UInt64
  private let vectorCount: Int

  init(_ own: BayesSide, _ other: BayesSide, _ scaling: RatingScaling, seed: UInt64) {
    self.own = own
    self.other = other
    self.scaling = scaling
    self.seed = seed
    vectorCount = own.rows.vectorCount
  }

  /// Draws the precisions of some rows, each from its own stream, numbered from `stream`. Returns the sums of their
  /// ratings, weighted by both sides' precisions.
  func drawPrecisions(
    _ rows: Range<Int>, _ noise: RatingNoise, stream: UInt64
  ) -> RatingNoise.Sums {
    var total = RatingNoise.Sums()
    for row in rows {
      var sums = RatingNoise.Sums()
      for position in own.lists.positions(of: row) {
        let partner = Int(own.lists.others[position])
        let score = own.rows.biasedProduct(own.rows.row(row), other.rows.row(partner))
        let residual = Double(scaling.scaled(own.lists.values[position]) - score)
        let weight = Double(other.precisions.base[partner])
        sums.weight += weight
        sums.first += weight * residual
        sums.second += weight * residual * residual
        sums.squares += (residual - noise.level) * (residual - noise.level)
        sums.count += 1
      }
      var random = RandomStream(seed: seed, stream: stream | UInt64(row))
      let precision = Float(noise.drawRowPrecision(sums, &random))
      own.precisions.base[row] = precision
      own.spread.addNoise(row, precision: precision)
      total.add(sums, weight: Double(precision))
    }
    return total
  }

  /// Draws some rows, each from its own stream, numbered from `stream`, and stores their conditional means. Returns
  /// false if a system cannot be solved in single precision.
  func drawRows(
    _ rows: Range<Int>, _ noise: RatingNoise, _ prior: FactorPrior, stream: UInt64
  ) -> Bool {
    let system = NormalEquations(vectors: vectorCount)
    let start = ScratchMemory<Vector>(prior.precision.count / 16, zero: .zero)
    prior.precision.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start.elements).copyMemory(from: $0)
    }
    let normals = ScratchMemory<Float>(16 * vectorCount, zero: 0)
    let drawn = UnsafeMutableBufferPointer(rebasing: normals.elements[..<own.rows.factorCount])
    for row in rows {
      var random = RandomStream(seed: seed, stream: stream | UInt64(row))
      random.fillNormal(drawn)
      // With almost no noise, the ratings outweigh the prior so much that rounding removes it. A small share of their
      // weight is then added to the diagonal instead.
      let isDrawn = [Float(0), 1e-6, 1e-4].contains { share in
        system.begin(unknowns: own.rows.factorCount, from: start.base)
        addPull(of: row, prior, start.base, to: system)
        addRatings(of: row, noise, share, to: system)
        return system.draw(normals.base, to: own.rows.row(row))
      }
      guard isDrawn else { return false }
      own.spread.add(row, own.rows.row(row), mean: system.solution)
      own.means?.row(row).update(from: system.solution, count: vectorCount)
    }
    return true
  }

  /// Adds `P m` to the right-hand side, with P at `start`.
  private func addPull(
    of row: Int, _ prior: FactorPrior, _ start: UnsafePointer<Vector>, to system: NormalEquations
  ) {
    let shift = own.effects?.shifts.numbers(of: row)
    for place in 0..<own.rows.factorCount {
      let expected = prior.slope[place] * own.activity[row] + (shift?[place] ?? 0)
      for vector in 0..<vectorCount {
        system.right[vector].addProduct(start[place * vectorCount + vector], expected)
      }
    }
  }

  /// Adds a row's ratings to both sides of the system, and `share` of their weight to A's diagonal.
  private func addRatings(
    of row: Int, _ noise: RatingNoise, _ share: Float, to system: NormalEquations
  ) {
    let rowPrecision = Float(noise.precision) * own.precisions.base[row]
    let level = Float(noise.level)
    let before = system.trace
    system.addRatings(
      own.lists.positions(of: row), of: own.lists, with: other.rows,
      target: { scaling.scaled($0) - level },
      weight: { rowPrecision * other.precisions.base[$0] })
    guard share > 0 else { return }
    let added = share * (system.trace - before)
    for place in 0..<own.rows.factorCount { system.addToDiagonal(added, at: place) }
  }
}
