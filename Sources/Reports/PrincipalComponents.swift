/// The directions in which rows of numbers differ most (Pearson, "On lines and planes of closest fit to systems
/// of points in space", 1901), found by power iteration.
package enum PrincipalComponents {
  private static let iterationCount = 100

  /// Where each of the points, which are of `length` numbers, row-major, stands along the first two components,
  /// whose signs make the first point's places positive; nil where they do not differ in two directions, or
  /// are not finite. O(100 numbers).
  package static func places(
    of points: [Double], length: Int
  ) -> [(x: Double, y: Double)]? {
    precondition(length > 0 && points.count.isMultiple(of: length), "whole points")
    guard points.allSatisfy(\.isFinite) else { return nil }
    var points = points
    let rowCount = points.count / length
    for column in 0..<length {
      let mean =
        (0..<rowCount).reduce(0) { $0 + points[$1 * length + column] } / Double(rowCount)
      for row in 0..<rowCount { points[row * length + column] -= mean }
    }
    guard let first = component(&points, length), let second = component(&points, length) else {
      return nil
    }
    return zip(first, second).map { (x: $0, y: $1) }
  }

  /// The places of all rows along the first component, which is taken out of `points`.
  private static func component(_ points: inout [Double], _ length: Int) -> [Double]? {
    let rowCount = points.count / length
    // Not orthogonal to any direction that is likely.
    var direction = (0..<length).map { 1 + Double($0 % 7) / 10 }
    var places = [Double](repeating: 0, count: rowCount)
    for _ in 0..<iterationCount {
      let size = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard size > 1e-9 else { return nil }
      for column in 0..<length { direction[column] /= size }
      for row in 0..<rowCount {
        places[row] = (0..<length).reduce(0) { $0 + points[row * length + $1] * direction[$1] }
      }
      var next = [Double](repeating: 0, count: length)
      for row in 0..<rowCount {
        for column in 0..<length { next[column] += places[row] * points[row * length + column] }
      }
      direction = next
    }
    let size = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard size > 1e-9 else { return nil }
    let sign: Double = places[0] < 0 ? -1 : 1
    for row in 0..<rowCount {
      var place = 0.0
      for column in 0..<length { place += points[row * length + column] * direction[column] / size }
      for column in 0..<length { points[row * length + column] -= place * direction[column] / size }
      places[row] = sign * place
    }
    return places
  }
}
