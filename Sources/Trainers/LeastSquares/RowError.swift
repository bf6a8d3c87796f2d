import TensorCore

/// The accumulated error of solved rows.
protocol RowError: Sendable {
  static var zero: Self { get }
  var isFinite: Bool { get }
  static func += (left: inout Self, right: Self)
}

extension Double: RowError {}

extension ComputeContext {
  /// Calls `solve` on `rows`, in chunks of 64 in parallel, and returns the sum of its results; nil if any result is nil
  /// or not finite. Sums are over chunks that depend only on `rows`.
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
