import Learning
import Ratings
import TensorCore

/// The factors of users or items in contiguous memory, one row each, padded with zeros to whole vectors of 16 numbers.
///
/// `@unchecked Sendable`: threads write concurrently, but each to rows of its own, and all finish before anyone reads.
final class FactorMatrix: @unchecked Sendable {
  typealias Vector = NormalEquations.Vector

  let rowCount: Int
  let factorCount: Int
  /// The number of vectors per row.
  let vectorCount: Int
  private let base: UnsafeMutablePointer<Vector>
  /// The object that keeps the rows' memory alive.
  private let owner: AnyObject

  /// Creates rows of zeros.
  convenience init(rows: Int, factors: Int) {
    let memory = ScratchMemory(rows * Self.vectorCount(factors), zero: Vector.zero)
    self.init(rows: rows, factors: factors, at: memory.base, of: memory)
  }

  /// Creates rows at `base`, in memory kept alive by `owner`. Rows in read-only memory must not be written to: they
  /// serve as the fixed side.
  init(rows: Int, factors: Int, at base: UnsafeMutablePointer<Vector>, of owner: AnyObject) {
    rowCount = rows
    factorCount = factors
    vectorCount = Self.vectorCount(factors)
    self.base = base
    self.owner = owner
  }

  /// Returns the number of vectors in a row of `factors` numbers.
  static func vectorCount(_ factors: Int) -> Int { (factors + 15) / 16 }

  /// Returns the vectors of row `row`.
  @inline(__always)
  func row(_ row: Int) -> UnsafeMutablePointer<Vector> { base + row * vectorCount }

  /// Returns the numbers of row `row`.
  @inline(__always)
  func numbers(of row: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(self.row(row)).assumingMemoryBound(to: Float.self)
  }

  /// Draws each row from a normal distribution with the given standard deviation. A row's numbers depend only on `seed`
  /// and its entry in `streams`, not on its position.
  func fillNormal(seed: UInt64, streams: [UInt64], deviation: Float, in context: ComputeContext) {
    context.forEachPart(of: rowCount, grain: 256) { rows in
      for row in rows {
        var random = RandomStream(seed: seed, stream: streams[row])
        let numbers = UnsafeMutableBufferPointer(start: numbers(of: row), count: factorCount)
        random.fillNormal(numbers)
        for position in numbers.indices { numbers[position] *= deviation }
      }
    }
  }

  /// Copies the numbers of another matrix of the same shape.
  func update(from other: FactorMatrix) {
    base.update(from: other.base, count: rowCount * vectorCount)
  }

  /// Returns the ``GramMatrix`` of the rows, as wide as the padded rows.
  func gram(in context: ComputeContext) -> [Float] {
    let width = vectorCount * 16
    return GramMatrix.of(
      UnsafeBufferPointer(start: UnsafePointer(numbers(of: 0)), count: rowCount * width),
      length: width, in: context)
  }

  /// Rotates all rows into an eigenbasis. In that of their own Gram matrix, that matrix is diagonal. Products with rows
  /// of another matrix are unchanged if those are rotated, too.
  func changeBasis(_ basis: SymmetricEigensystem, in context: ComputeContext) {
    let width = vectorCount * 16
    basis.changeBasis(
      of: UnsafeMutableBufferPointer(start: numbers(of: 0), count: rowCount * width),
      stride: width, in: context)
  }

  /// Returns the inner product of a row with a row of another matrix of the same width.
  @inline(__always)
  func product(_ row: Int, _ other: UnsafePointer<Vector>) -> Float {
    let own = self.row(row)
    var sum = Vector.zero
    for vector in 0..<vectorCount { sum.addProduct(own[vector], other[vector]) }
    return sum.total
  }

  /// Returns the columns in `range` of all rows, row-major.
  func columns(_ range: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: rowCount * range.count) { all, initializedCount in
      for row in 0..<rowCount {
        let own = numbers(of: row)
        for (place, column) in range.enumerated() {
          all.initializeElement(at: row * range.count + place, to: own[column])
        }
      }
      initializedCount = rowCount * range.count
    }
  }

  /// Whether every number is finite.
  var isFinite: Bool {
    var sum = Vector.zero
    for vector in UnsafeBufferPointer(start: base, count: rowCount * vectorCount) {
      sum += vector - vector
    }
    return sum.sum() == 0
  }

  /// Whether rows are padded with zeros.
  var isFilledUp: Bool {
    let end = vectorCount * 16
    return (0..<rowCount).allSatisfy { row in
      (factorCount..<end).allSatisfy { numbers(of: row)[$0] == 0 }
    }
  }
}

extension FactorMatrix {
  /// The maximum number of bytes per tensor of a saved state, since writing one takes a copy.
  private static let pieceByteCount = 64 << 20

  /// Adds the rows to a saved state under `name`, split into several tensors.
  func add(to state: inout SavedState, _ name: String) {
    for (number, piece) in pieces.enumerated() {
      state.add(
        SavedState.Entry(
          name: "\(name).\(number)", elementType: .float32, shape: shape(of: piece)
        ) { [self] in
          Tensor(shape(of: piece)) { _ = $0.initialize(from: numbers(in: piece)) }
        })
    }
  }

  /// Restores the rows from a state made by ``add(to:_:)``. Throws `badState` if their shape differs.
  func restore(_ state: SavedState, _ name: String) throws(TrainingError) {
    for (number, piece) in pieces.enumerated() {
      let tensor = try state.tensor("\(name).\(number)", shape(of: piece))
      tensor.withElements { _ = numbers(in: piece).update(fromContentsOf: $0) }
    }
  }

  private var pieces: [Range<Int>] {
    let length = max(1, Self.pieceByteCount / (vectorCount * MemoryLayout<Vector>.stride))
    return stride(from: 0, to: rowCount, by: length).map { $0..<min($0 + length, rowCount) }
  }

  private func shape(of piece: Range<Int>) -> Shape { [piece.count, vectorCount * 16] }

  private func numbers(in piece: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: numbers(of: piece.lowerBound), count: piece.count * vectorCount * 16)
  }
}
