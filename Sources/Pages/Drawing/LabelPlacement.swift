/// Places labels beside their points in a drawing. No label overlaps another label or a labelled point, or crosses
/// the edge.
///
///     var placement = LabelPlacement(width: 704, letter: 6.5, line: 14)
///     placement.place("Heat (1995)", atX: 120, y: 80)   // .right, or nil where there is no room
package struct LabelPlacement {
  /// The side of a point on which its label stands.
  package enum Side: Sendable { case left, right }

  private struct Box {
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>

    func overlaps(_ other: Box) -> Bool { x.overlaps(other.x) && y.overlaps(other.y) }
  }

  private let width, letter, line: Double
  private var taken: [Box] = []
  /// The distance of a label from its point, and the radius kept free around the point.
  private static let (gap, radius) = (8.0, 4.0)

  /// Creates an empty field of the given width. Letters are `letter` wide and lines `line` high.
  package init(width: Double, letter: Double, line: Double) {
    (self.width, self.letter, self.line) = (width, letter, line)
  }

  /// Returns the side of the point on which `name` stands; nil if there is no room. O(labels placed).
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
