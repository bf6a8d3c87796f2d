/// A chart with two axes, 720 wide, that scales with the page.
package struct Drawing: Sendable {
  package static let width = 720.0
  package let height: Double
  package let horizontal: Scale
  package let vertical: Scale
  private let isEqualScaled: Bool

  /// Creates a chart with margins for the axis labels.
  package init(
    horizontal: ClosedRange<Double>, vertical: ClosedRange<Double>, height: Double = 300,
    left: Double = 56
  ) {
    self.height = height
    self.horizontal = Scale(horizontal, from: left, to: Self.width - 16)
    self.vertical = Scale(vertical, from: height - 40, to: 12)
    isEqualScaled = false
  }

  /// Returns the chart of `contents` as SVG. `name` is its label for screen readers; `x` and `y` are the axis
  /// titles. nil leaves an axis out.
  package func svg(_ name: String, x: String?, y: String?, _ contents: HTML) -> HTML {
    let columns = x == nil ? [] : horizontal.ticks(8)
    let rows = y == nil ? [] : vertical.ticks(5)
    let (left, right) = (horizontal.start, horizontal.end)
    let (bottom, top) = (vertical.start, vertical.end)
    let columnMarks = columns.map { tick -> HTML in
      """
      <line class="axis" x1="\(at: horizontal(tick))" y1="\(at: top)" x2="\(at: horizontal(tick))" y2="\(at: bottom)"/>\
      <text class="label" text-anchor="middle" x="\(at: horizontal(tick))" y="\(at: bottom + 16)">\(Scale.text(tick))</text>
      """
    }
    let rowMarks = rows.map { tick -> HTML in
      """
      <line class="axis" x1="\(at: left)" y1="\(at: vertical(tick))" x2="\(at: right)" y2="\(at: vertical(tick))"/>\
      <text class="label" text-anchor="end" x="\(at: left - 6)" y="\(at: vertical(tick) + 4)">\(Scale.text(tick))</text>
      """
    }
    let titles: HTML =
      """
      <text class="label" text-anchor="middle" x="\(at: (left + right) / 2)" y="\(at: height - 6)">\(x ?? "")</text>\
      <text class="label" text-anchor="middle" transform="translate(13 \(at: (top + bottom) / 2)) rotate(-90)">\(y ?? "")</text>
      """
    return """
      <div class="wide"><svg viewBox="0 0 720 \(at: height)" role="img" aria-label="\(name)">
      \(columnMarks)\(rowMarks)\(titles)
      \(contents)
      </svg></div>
      """
  }

  /// Returns a line through points; skips those that are not finite.
  package func curve(_ points: [(x: Double, y: Double)], _ style: String) -> HTML {
    let path = points.filter { $0.x.isFinite && $0.y.isFinite }
      .map { point -> HTML in "\(at: horizontal(point.x)),\(at: vertical(point.y)) " }
    return #"<polyline class="curve \#(style)" points="\#(path)"/>"#
  }

  /// Returns a point with `text` as its tooltip.
  package func point(_ x: Double, _ y: Double, radius: Double = 4, _ style: String, _ text: String)
    -> HTML
  {
    """
    <circle class="\(style)" cx="\(at: horizontal(x))" cy="\(at: vertical(y))" r="\(at: radius)"><title>\(text)</title></circle>
    """
  }

  /// Returns a legend of the colours.
  package static func legend(_ entries: [(style: String, name: String)]) -> HTML {
    let entries = entries.map { entry -> HTML in
      """
      <li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="\(entry.style) bar" width="10" height="10"/></svg>\(entry.name)</li>
      """
    }
    return #"<ul class="legend">\#(entries)</ul>"#
  }

  /// Returns the colour class of a model; number 0 is the subject of the page.
  package static func style(_ number: Int) -> String {
    ["first", "second", "third", "fourth"][min(number, 3)]
  }
}
