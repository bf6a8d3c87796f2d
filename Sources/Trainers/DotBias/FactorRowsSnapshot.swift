import Recommenders

/// A copy of all rows at one point of a training, ready for scoring. The rows themselves are not modified, so that
/// reading a training's state does not change it.
struct FactorRowsSnapshot {
  private let rows: FactorRows
  private let outputRange: OutputRange?
  /// `width` vectors per row, followed by those of an unknown user and of an unknown item.
  private let vectors: ScratchMemory<FactorRows.Vector>

  /// Creates a snapshot of the rows after `step`, with missed updates applied; without `adam`, of the rows as stored.
  /// Complexity: O(rows x factors).
  init(_ rows: FactorRows, after step: Int, of adam: DeferredAdamW?, outputRange: OutputRange?) {
    self.rows = rows
    self.outputRange = outputRange
    let width = rows.width
    vectors = ScratchMemory((rows.rowCount + 2) * width, zero: .zero)
    let target = vectors.elements
    for row in 0..<rows.rowCount {
      let catchUp =
        adam.map { CatchUp(from: Int(rows.states.elements[row].step), to: step, of: $0) }
        ?? CatchUp()
      let source = row * 4 * width
      for vector in 0..<width {
        let value = rows.vectors.elements[source + vector]
        let direction = rows.vectors.elements[source + width + vector]
        target[row * width + vector] = value * catchUp.decay - direction * catchUp.move
      }
      let isUser = row < rows.userCount
      target[row * width] =
        target[row * width] * rows.mask(isUser: isUser) + rows.opposite(isUser: isUser)
    }
    // An unknown user or item has the mean bias.
    for (row, side) in [(rows.rowCount, users), (rows.rowCount + 1, items)] {
      let isUser = row == rows.rowCount
      target[row * width] = rows.opposite(isUser: isUser)
      target[row * width][isUser ? 0 : 1] = side.map { target[$0 * width][isUser ? 0 : 1] }.mean
    }
  }

  private var users: Range<Int> { 0..<rows.userCount }
  private var items: Range<Int> { rows.userCount..<rows.rowCount }

  /// Returns the mean squared error over some of the held-out ratings. An unknown user or item counts as the mean bias.
  func meanSquaredError(of samples: Range<Int>, in heldOut: TrainingRatings.Columns) -> Float {
    var sum = 0.0
    for sample in samples {
      let error = prediction(sample, in: heldOut) - heldOut.values[sample]
      sum += Double(error * error)
    }
    return Float(sum / Double(samples.count))
  }

  /// Returns the prediction for one of the held-out ratings.
  @inline(__always)
  func prediction(_ sample: Int, in heldOut: TrainingRatings.Columns) -> Float {
    let width = rows.width
    let vectors = vectors.elements
    let user = heldOut.users[sample]
    let item = heldOut.items[sample]
    let userRow = user == TrainingRatings.unknown ? rows.rowCount : Int(user)
    let itemRow = item == TrainingRatings.unknown ? rows.rowCount + 1 : rows.userCount + Int(item)
    var lanes = FactorRows.Vector.zero
    for vector in 0..<width {
      lanes.addProduct(vectors[userRow * width + vector], vectors[itemRow * width + vector])
    }
    let score = lanes.sum()
    return outputRange?.sigmoid(score) ?? score
  }

  /// Returns the rows as tables.
  func tables() -> FactorTables {
    let numbers = UnsafeMutableRawBufferPointer(vectors.elements).bindMemory(to: Float.self)
    let stride = rows.width * 8
    let factorCount = rows.factorCount
    func factors(_ rows: Range<Int>) -> [Float] {
      [Float](unsafeUninitializedCapacity: rows.count * factorCount) { factors, count in
        for (position, row) in rows.enumerated() {
          for factor in 0..<factorCount {
            factors[position * factorCount + factor] = numbers[row * stride + 2 + factor]
          }
        }
        count = rows.count * factorCount
      }
    }
    return FactorTables(
      factorCount: factorCount, userFactors: factors(users), itemFactors: factors(items),
      userBiases: users.map { numbers[$0 * stride] },
      itemBiases: items.map { numbers[$0 * stride + 1] }, globalMean: 0, outputRange: outputRange)
  }
}
