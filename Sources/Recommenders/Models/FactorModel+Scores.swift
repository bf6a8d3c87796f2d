import ModelRegistry
package import Ratings

extension FactorModel {
  /// `globalMean + b_u + b_i + p_u . q_i`. A side that is nil is unknown: its bias and factors count
  /// as zero. O(factors). Traps when a row is not of this model.
  package func score(user: UserIndex?, item: ItemIndex?) -> Float {
    var score = globalMean
    if let user { score += userBias(user) }
    if let item { score += itemBias(item) }
    if let user, let item {
      score += withUserFactors(user) { userRow in
        withItemFactors(item) { itemRow in innerProduct(userRow, itemRow) }
      }
    }
    return score
  }

  /// The same for each of `items`: O(items x factors).
  package func writeScores(
    for user: UserIndex?, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(scores.count == items.count)
    for (place, row) in items.enumerated() {
      scores[place] = score(user: user, item: ItemIndex(UInt32(row)))
    }
  }

  /// Items are compared by their factors.
  package var itemVectorLength: Int { factorCount }

  /// The factors of all items.
  package func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withItemFactors(body)
  }

  /// The factors and the bias.
  package func numbers(of user: UserIndex) -> (vector: [Float], bias: Float?) {
    (withUserFactors(user) { Array($0) }, userBias(user))
  }

  /// How much more or less a user gives than the mean, or an item gets. Trap outside the table.
  package func userBias(_ user: UserIndex) -> Float { userBiases[user.row] }

  /// How much more or less an item gets than the mean. Traps outside the table.
  package func itemBias(_ item: ItemIndex) -> Float { itemBiases[item.row] }

  /// Lends the `factorCount` factors of a user. Traps outside the table.
  package func withUserFactors<Result, Failure: Error>(
    _ user: UserIndex, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = user.row * factorCount
    return try userFactors.withElements(in: start..<start + factorCount, body)
  }

  /// Lends the `factorCount` factors of an item. Traps outside the table.
  package func withItemFactors<Result, Failure: Error>(
    _ item: ItemIndex, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = item.row * factorCount
    return try itemFactors.withElements(in: start..<start + factorCount, body)
  }

  /// Lends the factors of all items, row-major, items x factors; the first starts on a multiple of
  /// 64 bytes in files that Latent wrote.
  package func withItemFactors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemFactors.withElements(body)
  }

  /// Lends the biases of all items.
  package func withItemBiases<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemBiases.withElements(body)
  }
}

/// The sum of the products of two rows of equal length, 16 at a time; the order of the additions is
/// the same at every run.
private func innerProduct(
  _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>
) -> Float {
  let (leftBytes, rightBytes) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
  let count = min(left.count, right.count)
  var sums = SIMD16<Float>.zero
  var position = 0
  while position + 16 <= count {
    let offset = position * MemoryLayout<Float>.stride
    sums.addProduct(
      leftBytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self),
      rightBytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self))
    position += 16
  }
  var total = sums.sum()
  while position < count {
    total += left[position] * right[position]
    position += 1
  }
  return total
}
