import Recommenders

/// All rows of a training as they stand at one moment, ready for scoring; the rows themselves stay as
/// they are, so that looking at a training does not change it.
struct FactorRowsSnapshot {
  private let rows: FactorRows
  private let outputRange: OutputRange?
  /// `width` vectors for each row, then an unknown user's and an unknown item's.
  private let vectors: ScratchMemory<FactorRows.Vector>

  /// The rows after `step`, with what those that were moved before missed since; as they are, without
  /// the steps' `adam`. Complexity: O(rows x factors).
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
    // Of an unknown one there is the mean bias to expect.
    for (row, side) in [(rows.rowCount, users), (rows.rowCount + 1, items)] {
      let isUser = row == rows.rowCount
      target[row * width] = rows.opposite(isUser: isUser)
      target[row * width][isUser ? 0 : 1] = side.map { target[$0 * width][isUser ? 0 : 1] }.mean
    }
  }

  private var users: Range<Int> { 0..<rows.userCount }
  private var items: Range<Int> { rows.userCount..<rows.rowCount }

  /// The mean squared error over some of the held-out ratings; an unknown user or item counts as
  /// the mean bias.
  func meanSquaredError(of samples: Range<Int>, in heldOut: TrainingRatings.Columns) -> Float {
    var sum = 0.0
    for sample in samples {
      let error = prediction(sample, in: heldOut) - heldOut.values[sample]
      sum += Double(error * error)
    }
    return Float(sum / Double(samples.count))
  }

  /// The prediction for one of the held-out ratings.
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

  /// The rows as tables.
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
