import TensorCore

/// Draws the rows of one side of a `bayes` training given everything else, on one thread and in memory of
/// its own.
///
/// With the other side's row z = (c, q_1 ... q_k) of a rating y, and v = (1, q_1 ... q_k), the rating is
/// `level + c + v . x` of the row x = (b, p_1 ... p_k) with the noise of ``RatingNoise``, of precision w.
/// x is then normal, of the precision and mean
///
///     A = P + sum over ratings of w v vᵀ,   A⁻¹ (P m + sum of w (y - level - c) v)
///
/// where ``FactorPrior`` has the precision P and the mean m
/// (Salakhutdinov, Mnih, 2008, eq. 11 to 13). Any row can be drawn without the others, and its random
/// numbers are a stream of its own: the number of threads does not matter.
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

  /// Draws the precisions of some rows, each from the stream of its number behind `stream`. Returns the sums
  /// of their ratings, weighted by both sides' precisions.
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

  /// Draws some rows, each from the stream of its number behind `stream`, and keeps what they were expected
  /// to be. Returns false when a system can't be solved in single precision.
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
      // Ratings that leave next to no noise weigh so much more than the prior that rounding takes it
      // away: then a little of their weight stands in for it.
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

  /// Adds `P m` to the right side, with P at `start`.
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

  /// Adds what a row's ratings do to both sides of the system, and `share` of their weight to A's diagonal.
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
