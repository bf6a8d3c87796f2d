import TensorCore

/// What rows that were solved have to say of the error.
protocol RowError: Sendable {
  static var zero: Self { get }
  var isFinite: Bool { get }
  static func += (left: inout Self, right: Self)
}

extension Double: RowError {}

extension ComputeContext {
  /// Has `solve` solve `rows`, 64 at a time on each thread, and returns the sum of what it returns; nil when that was nil or not finite once.
  /// Sums are over chunks that follow from `rows` alone.
  func solve<Error: RowError>(
    _ rows: Range<Int>, by solve: @Sendable (Range<Int>) -> Error?
  ) -> Error? {
    let errors = mapChunks(of: rows.count, size: 64) { chunk in
      solve(rows.lowerBound + chunk.lowerBound..<rows.lowerBound + chunk.upperBound)
    }
    var sum = Error.zero
    for error in errors {
      guard let error, error.isFinite else { return nil }
      sum += error
    }
    return sum
  }
}
