/// A projective map of the plane, which keeps lines straight: `(x, y)` becomes the first two elements of
/// `matrix * (x, y, 1)`, each divided by the third.
///
/// Image transforms map normalised coordinates (x, y), -1 at the centre of the first pixel and 1 at that of the
/// last. They map the output to the image that it is sampled from.
package struct Homography: Equatable, Sendable {
  /// The rows of the matrix.
  private let rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

  /// Creates the map of the matrix with these rows.
  package init(_ first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) {
    rows = (first, second, third)
  }

  /// The identity.
  package static let identity = scaling(by: SIMD2(1, 1))

  /// Returns a map that scales by `scale`, then adds `offset`.
  package static func scaling(by scale: SIMD2<Double>, adding offset: SIMD2<Double> = .zero) -> Self
  {
    Self(SIMD3(scale.x, 0, offset.x), SIMD3(0, scale.y, offset.y), SIMD3(0, 0, 1))
  }

  /// Creates the map that takes each of four points to its partner. Traps if three of them are collinear.
  ///
  /// Its eight parameters solve, for each pair of (x, y) and (u, v), `ax + by + c - gux - huy = u` and
  /// `dx + ey + f - gvx - hvy = v` (Heckbert, "Fundamentals of texture mapping and image warping", 1989,
  /// section 2.2.3).
  package init(taking points: [SIMD2<Double>], to partners: [SIMD2<Double>]) {
    precondition(points.count == 4 && partners.count == 4, "four points and their partners")
    var system: [[Double]] = []
    for (from, to) in zip(points, partners) {
      system.append([from.x, from.y, 1, 0, 0, 0, -to.x * from.x, -to.x * from.y, to.x])
      system.append([0, 0, 0, from.x, from.y, 1, -to.y * from.x, -to.y * from.y, to.y])
    }
    // Gauss-Jordan elimination with partial pivoting.
    for column in 0..<8 {
      let pivot = (column..<8).max { abs(system[$0][column]) < abs(system[$1][column]) } ?? column
      system.swapAt(column, pivot)
      precondition(abs(system[column][column]) > 1e-12, "three of four points are on a line")
      for row in 0..<8 where row != column {
        let factor = system[row][column] / system[column][column]
        for position in column..<9 { system[row][position] -= factor * system[column][position] }
      }
    }
    let solution = (0..<8).map { system[$0][8] / system[$0][$0] }
    self.init(
      SIMD3(solution[0], solution[1], solution[2]), SIMD3(solution[3], solution[4], solution[5]),
      SIMD3(solution[6], solution[7], 1))
  }

  /// Maps a point.
  package func callAsFunction(_ point: SIMD2<Double>) -> SIMD2<Double> {
    let extended = SIMD3(point, 1)
    let divisor = (rows.2 * extended).sum()
    return SIMD2((rows.0 * extended).sum(), (rows.1 * extended).sum()) / divisor
  }

  /// Returns the homogeneous coordinates of the mapped `(0, y)`, and their increment per unit of x.
  func line(_ y: Double) -> (start: SIMD3<Double>, step: SIMD3<Double>) {
    let start = SIMD3(
      rows.0.y * y + rows.0.z, rows.1.y * y + rows.1.z, rows.2.y * y + rows.2.z)
    return (start, SIMD3(rows.0.x, rows.1.x, rows.2.x))
  }

  /// Whether the map is affine.
  var isAffine: Bool { rows.2 == SIMD3(0, 0, 1) }

  /// Returns the composition: `right` first, then `left`.
  package static func * (left: Self, right: Self) -> Self {
    func row(_ row: SIMD3<Double>) -> SIMD3<Double> {
      row.x * right.rows.0 + row.y * right.rows.1 + row.z * right.rows.2
    }
    return Self(row(left.rows.0), row(left.rows.1), row(left.rows.2))
  }

  /// The inverse map. Traps if the map takes the plane to a line.
  package var inverse: Self {
    func cross(_ left: SIMD3<Double>, _ right: SIMD3<Double>) -> SIMD3<Double> {
      SIMD3(
        left.y * right.z - left.z * right.y, left.z * right.x - left.x * right.z,
        left.x * right.y - left.y * right.x)
    }
    // The columns of the adjugate; a scale factor does not affect points.
    let (first, second, third) = (
      cross(rows.1, rows.2), cross(rows.2, rows.0), cross(rows.0, rows.1)
    )
    let determinant = (rows.0 * first).sum()
    precondition(determinant != 0, "a map onto a line has no inverse")
    return Self(
      SIMD3(first.x, second.x, third.x) / determinant,
      SIMD3(first.y, second.y, third.y) / determinant,
      SIMD3(first.z, second.z, third.z) / determinant)
  }

  package static func == (left: Self, right: Self) -> Bool { left.rows == right.rows }
}
