/// Curves over one horizontal axis, drawn by ``Gnuplot`` or ``TerminalPlot``.
package struct Plot: Sendable, Equatable {
  /// One axis.
  package struct Axis: Sendable, Equatable {
    package let label: String
    /// Whether equal distances are equal ratios; what is not above 0 is left out then.
    package let isLogarithmic: Bool

    package init(_ label: String, isLogarithmic: Bool = false) {
      self.label = label
      self.isLogarithmic = isLogarithmic
    }
  }

  /// A point in the plot.
  package typealias Point = SIMD2<Double>

  /// Points of one name.
  package struct Curve: Sendable, Equatable {
    package let name: String
    package let points: [Point]
    /// Whether each point is marked; else a line leads through all.
    package let isDotted: Bool

    package init(_ name: String, _ points: [Point], isDotted: Bool = false) {
      self.name = name
      self.points = points
      self.isDotted = isDotted
    }
  }

  /// A single point with a name.
  package struct Mark: Sendable, Equatable {
    package let name: String
    package let point: Point

    package init(_ name: String, _ point: Point) {
      self.name = name
      self.point = point
    }
  }

  package let title: String
  package let x: Axis
  package let y: Axis
  package let curves: [Curve]
  package let marks: [Mark]

  package init(_ title: String, x: Axis, y: Axis, curves: [Curve], marks: [Mark] = []) {
    self.title = title
    self.x = x
    self.y = y
    self.curves = curves
    self.marks = marks
  }
}

extension Plot {
  /// Whether its parts need names: a single curve is what the title says.
  var hasNames: Bool { curves.count + marks.count > 1 }

  /// Whether a point can be shown on the axes.
  func shows(_ point: Point) -> Bool {
    point.x.isFinite && point.y.isFinite && (!x.isLogarithmic || point.x > 0)
      && (!y.isLogarithmic || point.y > 0)
  }
}

extension [Plot.Point] {
  /// At most `count` of the points, evenly taken, the last among them: more than a plot can show would
  /// only make its file large.
  package func thinned(to count: Int = 2000) -> [Plot.Point] {
    precondition(count > 1, "\(count) points")
    guard self.count > count else { return self }
    return (0..<count).map { self[$0 * (self.count - 1) / (count - 1)] }
  }
}
