/// The system of a row x = (b, p_1 ... p_k), bias before factors, that is to meet its ratings: for each one of
/// a row z = (c, q_1 ... q_k) of the other side, `target = c + v . x` with v = (1, q_1 ... q_k).
extension NormalEquations {
  /// Adds the ratings at `positions` of `lists`: `w v vᵀ` to A and `w (target - c) v` to b, with w and the
  /// target as the closures tell them by the other row and by the rating's value.
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
  /// What two rows, each a bias before its factors, come to: `b + c + p . q`.
  @inline(__always)
  func biasedProduct(_ own: UnsafePointer<Vector>, _ other: UnsafePointer<Vector>) -> Float {
    let (bias, otherBias) = (own[0][0], other[0][0])
    var sum = Vector.zero
    for vector in 0..<vectorCount { sum.addProduct(own[vector], other[vector]) }
    // The product holds that of the biases, which are to be added.
    return sum.total - bias * otherBias + bias + otherBias
  }
}
