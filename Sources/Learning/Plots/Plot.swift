import Foundation

/// A plot of curves and points over a common x axis, drawn by ``Gnuplot`` or ``TerminalPlot``.
package struct Plot: Sendable, Equatable {
  /// A plot axis.
  package struct Axis: Sendable, Equatable {
    package let label: String
    /// Whether the scale is logarithmic. Values that are not positive are then left out.
    package let isLogarithmic: Bool

    package init(_ label: String, isLogarithmic: Bool = false) {
      self.label = label
      self.isLogarithmic = isLogarithmic
    }
  }

  /// A point in the plot.
  package typealias Point = SIMD2<Double>

  /// A named series of points.
  package struct Curve: Sendable, Equatable {
    package let name: String
    package let points: [Point]
    /// How the points are drawn.
    package let style: Style

    package init(_ name: String, _ points: [Point], style: Style = .line) {
      self.name = name
      self.points = points
      self.style = style
    }

    /// How points are drawn.
    package enum Style: Sendable, Equatable {
      /// A line through all points.
      case line
      /// A line through all points, with each marked.
      case dottedLine
      /// A small dot for each point.
      case cloud
      /// A bar from 0 to each point.
      case bars
    }
  }

  /// A single named point, listed in the legend.
  package struct Mark: Sendable, Equatable {
    package let name: String
    package let point: Point

    package init(_ name: String, _ point: Point) {
      self.name = name
      self.point = point
    }
  }

  /// A name drawn beside its point.
  package struct Label: Sendable, Equatable {
    package let name: String
    package let point: Point
    /// Whether the name is to the left of the point.
    package let isLeft: Bool

    package init(_ name: String, _ point: Point, isLeft: Bool = false) {
      self.name = name
      self.point = point
      self.isLeft = isLeft
    }
  }

  package let title: String
  package let x: Axis
  package let y: Axis
  package let curves: [Curve]
  package let marks: [Mark]
  /// Names drawn beside their points.
  package let labels: [Label]
  /// The height of a drawing in a file, in pixels, at a width of 960.
  package let height: Int

  package init(
    _ title: String, x: Axis, y: Axis, curves: [Curve], marks: [Mark] = [], labels: [Label] = [],
    height: Int = 420
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.curves = curves
    self.marks = marks
    self.labels = labels
    self.height = height
  }
}

extension Plot {
  /// Whether the parts need names. A single curve is described by the title.
  var hasNames: Bool { curves.count + marks.count > 1 }

  /// Whether a point can be shown on the axes.
  func shows(_ point: Point) -> Bool {
    point.x.isFinite && point.y.isFinite && (!x.isLogarithmic || point.x > 0)
      && (!y.isLogarithmic || point.y > 0)
  }
}

extension [Plot.Point] {
  /// Returns at most `count` of the points, including the last, as more than a plot can show would only bloat its file.
  /// They are evenly spaced by position or, if `isLogarithmic`, by the logarithm of the position.
  package func thinned(to count: Int = 2000, isLogarithmic: Bool = false) -> [Plot.Point] {
    precondition(count > 1, "\(count) points")
    guard self.count > count else { return self }
    guard isLogarithmic else {
      return (0..<count).map { self[$0 * (self.count - 1) / (count - 1)] }
    }
    var last = -1
    return (0..<count).compactMap { step in
      let position = pow(Double(self.count), Double(step) / Double(count - 1)) - 1
      let rounded = Swift.min(Int(position.rounded()), self.count - 1)
      guard rounded > last else { return nil }
      last = rounded
      return self[rounded]
    }
  }
}
