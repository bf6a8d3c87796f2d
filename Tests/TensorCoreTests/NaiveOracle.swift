import TensorCore

/// Operations by definition, in double precision, computed position by position: slow, but simple enough to trust.
enum Naive {
  /// Returns all positions of a shape in row-major order.
  static func positions(_ shape: Shape) -> [[Int]] {
    shape.dimensions.reduce([[]]) { outer, length in
      outer.flatMap { position in (0..<length).map { position + [$0] } }
    }
  }

  /// Returns the row-major offset of the element at `position`.
  static func offset(_ position: [Int], in shape: Shape) -> Int {
    zip(shape.dimensions, position).reduce(0) { $0 * $1.0 + $1.1 }
  }

  /// Returns the element of `tensor` at `position`, with broadcasting: dimensions of length 1 and missing outer
  /// dimensions are repeated.
  static func element(_ tensor: Tensor, _ position: [Int]) -> Double {
    let inner = position.suffix(tensor.shape.rank)
    var offset = 0
    for (length, index) in zip(tensor.shape.dimensions, inner) {
      offset = offset * length + (length == 1 ? 0 : index)
    }
    return Double(tensor.elements()[offset])
  }

  static func broadcast(
    _ left: Tensor, _ right: Tensor, to shape: Shape, _ combine: (Double, Double) -> Double
  ) -> [Double] {
    positions(shape).map { combine(element(left, $0), element(right, $0)) }
  }

  static func product(
    _ left: Tensor, _ right: Tensor, transposingLeft: Bool, transposingRight: Bool
  ) -> [Double] {
    let rows = left.shape[transposingLeft ? 1 : 0]
    let inner = left.shape[transposingLeft ? 0 : 1]
    let columns = right.shape[transposingRight ? 0 : 1]
    return positions([rows, columns]).map { position in
      (0..<inner).reduce(0) { sum, k in
        sum + element(left, transposingLeft ? [k, position[0]] : [position[0], k])
          * element(right, transposingRight ? [position[1], k] : [k, position[1]])
      }
    }
  }

  static func sum(_ tensor: Tensor, over dimensions: [Int]) -> [Double] {
    var sums: [[Int]: Double] = [:]
    var order: [[Int]] = []
    for position in positions(tensor.shape) {
      let kept = position.indices.filter { !dimensions.contains($0) }.map { position[$0] }
      if sums[kept] == nil { order.append(kept) }
      sums[kept, default: 0] += element(tensor, position)
    }
    return order.map { sums[$0] ?? 0 }
  }
}
