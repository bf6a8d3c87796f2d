/// Where names find room beside their points in a drawing: none over another, none over a named point, none
/// beyond the edge.
///
///     var placement = LabelPlacement(width: 704, letter: 6.5, line: 14)
///     placement.place("Heat (1995)", atX: 120, y: 80)   // .right, or nil where there is no room
package struct LabelPlacement {
  /// On which side of its point a name stands.
  package enum Side: Sendable { case left, right }

  private struct Box {
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>

    func overlaps(_ other: Box) -> Bool { x.overlaps(other.x) && y.overlaps(other.y) }
  }

  private let width, letter, line: Double
  private var taken: [Box] = []
  /// The distance of a name from its point, and how far a point reaches.
  private static let (gap, radius) = (8.0, 4.0)

  /// A field of a drawing whose letters are `letter` wide and lines `line` high.
  package init(width: Double, letter: Double, line: Double) {
    (self.width, self.letter, self.line) = (width, letter, line)
  }

  /// The side of the point on which `name` stands; nil where it has no room. O(names placed).
  package mutating func place(_ name: String, atX x: Double, y: Double) -> Side? {
    let length = letter * Double(name.count)
    let point = Box(
      x: x - Self.radius...x + Self.radius, y: y - Self.radius...y + Self.radius)
    guard !taken.contains(where: { $0.overlaps(point) }) else { return nil }
    for side in [Side.right, .left] {
      let start = side == .right ? x + Self.gap : x - Self.gap - length
      let box = Box(x: start...start + length, y: y - line / 2...y + line / 2)
      guard start >= 0, start + length <= width, !taken.contains(where: { $0.overlaps(box) }) else {
        continue
      }
      taken += [box, point]
      return side
    }
    return nil
  }
}
