import Learning
import Ratings
import TensorCore

/// The factors of users or of items in one run of memory, a row each, filled up with zeros to whole
/// vectors of 16 numbers.
///
/// `@unchecked Sendable`: several threads write to it at a time, each to rows of its own, and all are
/// done before anybody reads them.
final class FactorMatrix: @unchecked Sendable {
  typealias Vector = NormalEquations.Vector

  let rowCount: Int
  let factorCount: Int
  /// The vectors of a row.
  let vectorCount: Int
  private let base: UnsafeMutablePointer<Vector>
  /// What the rows' memory goes with.
  private let owner: AnyObject

  /// Rows of zeros.
  convenience init(rows: Int, factors: Int) {
    let memory = ScratchMemory(rows * Self.vectorCount(factors), zero: Vector.zero)
    self.init(rows: rows, factors: factors, at: memory.base, of: memory)
  }

  /// Rows that stand at `base`, in memory that `owner` keeps. Where that can't be written nobody may write to
  /// them: those of the side that is not solved.
  init(rows: Int, factors: Int, at base: UnsafeMutablePointer<Vector>, of owner: AnyObject) {
    rowCount = rows
    factorCount = factors
    vectorCount = Self.vectorCount(factors)
    self.base = base
    self.owner = owner
  }

  /// The vectors of a row of so many numbers.
  static func vectorCount(_ factors: Int) -> Int { (factors + 15) / 16 }

  /// The vectors of row `row`.
  @inline(__always)
  func row(_ row: Int) -> UnsafeMutablePointer<Vector> { base + row * vectorCount }

  /// The numbers of row `row`.
  @inline(__always)
  func numbers(of row: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(self.row(row)).assumingMemoryBound(to: Float.self)
  }

  /// Draws each row from the normal distribution of the given deviation. A row's numbers follow from
  /// `seed` and its number in `streams`, wherever it stands.
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

  /// Takes the numbers of another one of the same rows and factors.
  func update(from other: FactorMatrix) {
    base.update(from: other.base, count: rowCount * vectorCount)
  }

  /// ``GramMatrix`` of the rows, as wide as the rows are with what fills them up.
  func gram(in context: ComputeContext) -> [Float] {
    let width = vectorCount * 16
    return GramMatrix.of(
      UnsafeBufferPointer(start: UnsafePointer(numbers(of: 0)), count: rowCount * width),
      length: width, in: context)
  }

  /// Turns all rows into the basis of the eigenvectors of their Gram matrix, in which that is diagonal.
  /// The products with rows of another matrix are the same when those are turned too.
  func changeBasis(_ basis: SymmetricEigensystem, in context: ComputeContext) {
    let width = vectorCount * 16
    basis.changeBasis(
      of: UnsafeMutableBufferPointer(start: numbers(of: 0), count: rowCount * width),
      stride: width, in: context)
  }

  /// The inner product of a row with one of another matrix of the same width.
  @inline(__always)
  func product(_ row: Int, _ other: UnsafePointer<Vector>) -> Float {
    let own = self.row(row)
    var sum = Vector.zero
    for vector in 0..<vectorCount { sum.addProduct(own[vector], other[vector]) }
    return sum.total
  }

  /// The first `count` numbers of each row, one row behind the other.
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

  /// Whether rows are filled up with zeros.
  var isFilledUp: Bool {
    let end = vectorCount * 16
    return (0..<rowCount).allSatisfy { row in
      (factorCount..<end).allSatisfy { numbers(of: row)[$0] == 0 }
    }
  }
}

extension FactorMatrix {
  /// The most bytes that stand in one tensor of a saved state: writing one takes a copy.
  private static let pieceByteCount = 64 << 20

  /// The rows for a saved state, some in each tensor, under `name`.
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

  /// Takes the rows out of a state that ``add(to:_:)`` made. Throws `badState` when they are others.
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
