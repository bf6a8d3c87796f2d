/// The least-squares system of a row x = (b, p_1 ... p_k), a bias followed by factors. A rating with the other side's
/// row z = (c, q_1 ... q_k) contributes the equation `target = c + v . x`, where v = (1, q_1 ... q_k).
extension NormalEquations {
  /// Adds the ratings at `positions` of `lists`: `w v vᵀ` to A and `w (target - c) v` to b. `weight` returns w for the
  /// other row, and `target` the target for the rating's value.
  @inline(__always)
  func addRatings(
    _ positions: Range<Int>, of lists: RatingLists, with other: FactorMatrix,
    target: (_ value: Float) -> Float, weight: (_ other: Int) -> Float
  ) {
    let (to, right, vectorCount) = (rows, right, vectorCount)
    var filled = 0
    for position in positions {
      let partner = Int(lists.others[position])
      let (numbers, place) = (other.row(partner), to + filled * vectorCount)
      let weight = weight(partner)
      let root = weight.squareRoot()
      let rest = weight * (target(lists.values[position]) - numbers[0][0])
      var first = numbers[0]
      first[0] = 1
      place[0] = first * root
      right[0].addProduct(first, rest)
      for vector in 1..<vectorCount {
        let own = numbers[vector]
        place[vector] = own * root
        right[vector].addProduct(own, rest)
      }
      filled += 1
      if filled == Self.piece {
        addRows(filled)
        filled = 0
      }
    }
    if filled > 0 { addRows(filled) }
  }
}

extension FactorMatrix {
  /// Returns the score of two rows, each a bias followed by factors: `b + c + p . q`.
  @inline(__always)
  func biasedProduct(_ own: UnsafePointer<Vector>, _ other: UnsafePointer<Vector>) -> Float {
    let (bias, otherBias) = (own[0][0], other[0][0])
    var sum = Vector.zero
    for vector in 0..<vectorCount { sum.addProduct(own[vector], other[vector]) }
    // The inner product includes the product of the biases, which are to be added instead.
    return sum.total - bias * otherBias + bias + otherBias
  }
}
