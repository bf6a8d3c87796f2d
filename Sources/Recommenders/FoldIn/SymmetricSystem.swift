/// A symmetric positive definite system `A x = b` with a few dozen unknowns, solved for the vector of one user. It is
/// assembled, factored, and can then be solved for several right-hand sides.
///
/// A is stored row-major in vectors of 8 numbers; elements left of the diagonal are ignored. The factorisation is
/// Cholesky's, `A = UᵀU` (Golub, Van Loan, "Matrix Computations", 4th edition, section 4.2), in double precision:
/// O(order³ / 3).
struct SymmetricSystem: Sendable {
  private typealias Vector = SIMD8<Double>
  private static let lanes = 8

  /// The number of unknowns.
  let order: Int
  /// The length of a row, a multiple of 8.
  let width: Int
  /// A; after factoring, U.
  private var matrix: [Double]
  /// The right-hand side b, zero-padded to ``width``.
  private(set) var right: [Double]

  /// Creates a system with A = 0 and b = 0.
  init(order: Int) {
    self.order = order
    width = (order + Self.lanes - 1) / Self.lanes * Self.lanes
    matrix = [Double](repeating: 0, count: order * width)
    right = [Double](repeating: 0, count: width)
  }

  /// An element of A or U, on or right of the diagonal.
  subscript(row: Int, column: Int) -> Double {
    get { matrix[row * width + column] }
    set { matrix[row * width + column] = newValue }
  }

  /// Multiplies A and b by a factor.
  mutating func scale(by factor: Double) {
    matrix.withUnsafeMutableBufferPointer { for place in $0.indices { $0[place] *= factor } }
    for place in right.indices { right[place] *= factor }
  }

  /// Adds a number to each diagonal element of A.
  mutating func addToDiagonal(_ number: Double) {
    for place in 0..<order { self[place, place] += number }
  }

  /// Adds `numbers` to b.
  mutating func addToRight(_ numbers: [Double]) {
    for (place, number) in numbers.enumerated() { right[place] += number }
  }

  /// Returns A x.
  func product(_ x: [Double]) -> [Double] {
    (0..<order).map { row in
      (0..<order).reduce(0.0) { sum, column in
        sum + self[min(row, column), max(row, column)] * x[column]
      }
    }
  }

  /// Adds `sum of weight v vᵀ` to A and `sum of target v` to b, over concatenated vectors v of ``width`` numbers
  /// each, zero-padded. Traps unless there is a weight and a target for each vector.
  ///
  /// Processes four vectors at a time, so that A is read and written once for all four.
  mutating func add(_ vectors: [Double], weights: [Double], targets: [Double]) {
    precondition(vectors.count == weights.count * width && weights.count == targets.count)
    var first = 0
    while first + 4 <= weights.count {
      addFour(vectors, from: first, weights)
      first += 4
    }
    for one in first..<weights.count { addOne(vectors, at: one, weights[one]) }
    for (number, target) in targets.enumerated() {
      for place in 0..<order { right[place] += target * vectors[number * width + place] }
    }
  }

  private mutating func addOne(_ vectors: [Double], at number: Int, _ weight: Double) {
    let (order, vectorCount, stride) = (order, width / Self.lanes, MemoryLayout<Vector>.stride)
    vectors.withUnsafeBytes { vectors in
      let v = UnsafeRawBufferPointer(
        rebasing: vectors[number * width * 8..<(number + 1) * width * 8])
      matrix.withUnsafeMutableBytes { matrix in
        for row in 0..<order {
          let factor = weight * v.load(fromByteOffset: 8 * row, as: Double.self)
          for column in row / Self.lanes..<vectorCount {
            let offset = (row * vectorCount + column) * stride
            var sum = matrix.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            sum.addProduct(
              v.loadUnaligned(fromByteOffset: column * stride, as: Vector.self), factor)
            matrix.storeBytes(of: sum, toByteOffset: offset, as: Vector.self)
          }
        }
      }
    }
  }

  private mutating func addFour(_ vectors: [Double], from number: Int, _ weights: [Double]) {
    let (order, vectorCount, stride) = (order, width / Self.lanes, MemoryLayout<Vector>.stride)
    let length = width * 8
    let (w0, w1, w2, w3) = (
      weights[number], weights[number + 1], weights[number + 2], weights[number + 3]
    )
    vectors.withUnsafeBytes { all in
      let v = UnsafeRawBufferPointer(rebasing: all[number * length..<(number + 4) * length])
      func scalar(_ row: Int, _ member: Int) -> Double {
        v.load(fromByteOffset: member * length + 8 * row, as: Double.self)
      }
      func vector(_ column: Int, _ member: Int) -> Vector {
        v.loadUnaligned(fromByteOffset: member * length + column * stride, as: Vector.self)
      }
      matrix.withUnsafeMutableBytes { matrix in
        for row in 0..<order {
          let (f0, f1, f2, f3) = (
            w0 * scalar(row, 0), w1 * scalar(row, 1), w2 * scalar(row, 2), w3 * scalar(row, 3)
          )
          for column in row / Self.lanes..<vectorCount {
            let offset = (row * vectorCount + column) * stride
            var sum = matrix.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            sum.addProduct(vector(column, 0), f0)
            sum.addProduct(vector(column, 1), f1)
            sum.addProduct(vector(column, 2), f2)
            sum.addProduct(vector(column, 3), f3)
            matrix.storeBytes(of: sum, toByteOffset: offset, as: Vector.self)
          }
        }
      }
    }
  }

  /// Replaces A by U. Returns false if A is not positive definite in double precision, or not finite.
  mutating func factor() -> Bool {
    let (order, vectorCount) = (order, width / Self.lanes)
    let stride = MemoryLayout<Vector>.stride
    return matrix.withUnsafeMutableBytes { matrix in
      func number(_ row: Int, _ column: Int) -> Double {
        matrix.load(fromByteOffset: 8 * (row * vectorCount * Self.lanes + column), as: Double.self)
      }
      for pivot in 0..<order {
        let square = number(pivot, pivot)
        guard square > 0, square.isFinite else { return false }
        let inverse = 1 / square.squareRoot()
        let own = pivot * vectorCount
        for column in pivot / Self.lanes..<vectorCount {
          let offset = (own + column) * stride
          let vector = matrix.loadUnaligned(fromByteOffset: offset, as: Vector.self)
          matrix.storeBytes(of: vector * inverse, toByteOffset: offset, as: Vector.self)
        }
        for row in pivot + 1..<max(order, pivot + 1) {
          let factor = -number(pivot, row)
          for column in row / Self.lanes..<vectorCount {
            let offset = (row * vectorCount + column) * stride
            var sum = matrix.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            sum.addProduct(
              matrix.loadUnaligned(fromByteOffset: (own + column) * stride, as: Vector.self),
              factor)
            matrix.storeBytes(of: sum, toByteOffset: offset, as: Vector.self)
          }
        }
      }
      return true
    }
  }

  /// Returns the x for which `A x = right`. A must have been factored. O(order²).
  func solution(for right: [Double]) -> [Double] {
    var x = Array(right.prefix(order))
    let (order, width) = (order, width)
    matrix.withUnsafeBufferPointer { u in
      x.withUnsafeMutableBufferPointer { x in
        for row in 0..<order {
          let own = UnsafeBufferPointer(rebasing: u[row * width..<row * width + order])
          x[row] /= own[row]
          let solved = x[row]
          for column in row + 1..<max(order, row + 1) { x[column] -= own[column] * solved }
        }
        for row in (0..<order).reversed() {
          let own = UnsafeBufferPointer(rebasing: u[row * width..<row * width + order])
          var sum = x[row]
          for column in row + 1..<max(order, row + 1) { sum -= own[column] * x[column] }
          x[row] = sum / own[row]
        }
      }
    }
    return x
  }
}
