import Foundation

/// A plot in characters: lines in Braille dots, eight to a character; points and marks as letters.
package struct TerminalPlot {
  /// The picture, a line end behind each line.
  package let text: String

  /// Draws `plot` with a field of `width` by `height` characters.
  package init(_ plot: Plot, width: Int = 64, height: Int = 16) {
    precondition(width > 0 && height > 0, "a field of \(width) by \(height)")
    let points = plot.curves.flatMap(\.points) + plot.marks.map(\.point)
    let shown = points.filter(plot.shows)
    let (horizontal, vertical) = (
      AxisScale(shown.map(\.x), isLogarithmic: plot.x.isLogarithmic),
      AxisScale(shown.map(\.y), isLogarithmic: plot.y.isLogarithmic)
    )
    var canvas = BrailleCanvas(width: width, height: height)
    func dot(_ point: Plot.Point) -> (x: Int, y: Int) {
      (
        Int((horizontal.share(of: point.x) * Double(canvas.dotWidth - 1)).rounded()),
        Int(((1 - vertical.share(of: point.y)) * Double(canvas.dotHeight - 1)).rounded())
      )
    }
    var legend: [String] = []
    for curve in plot.curves {
      let dots = curve.points.filter(plot.shows).map(dot)
      guard let first = dots.first else { continue }
      if curve.isDotted {
        for dot in dots { canvas.set("o", x: dot.x, y: dot.y) }
      } else {
        canvas.draw(from: first, to: first)
        for (from, to) in zip(dots, dots.dropFirst()) { canvas.draw(from: from, to: to) }
      }
      guard plot.hasNames else { continue }
      legend.append("\(curve.isDotted ? "o" : "⠒") \(curve.name)")
    }
    for (number, mark) in plot.marks.enumerated() where plot.shows(mark.point) {
      let sign = Character(String(UnicodeScalar(UInt8(ascii: "A") + UInt8(number % 26))))
      let position = dot(mark.point)
      canvas.mark(sign, x: position.x, y: position.y)
      legend.append("\(sign) \(mark.name) \(AxisScale.text(mark.point.x))")
    }
    text = Self.framed(plot, canvas, horizontal, vertical, legend)
  }

  private static func framed(
    _ plot: Plot, _ canvas: BrailleCanvas, _ horizontal: AxisScale, _ vertical: AxisScale,
    _ legend: [String]
  ) -> String {
    let labels = [vertical.end, vertical.middle, vertical.start].map(AxisScale.text)
    let margin = (labels.map(\.count).max() ?? 0) + 1
    let rows = canvas.rows
    var lines = [padded("", margin) + plot.heading]
    for (number, row) in rows.enumerated() {
      let label =
        number == 0
        ? labels[0]
        : number == rows.count - 1 ? labels[2] : number == rows.count / 2 ? labels[1] : ""
      lines.append(padded(label, margin - 1) + (label.isEmpty ? " │" : " ┤") + row)
    }
    let width = canvas.width
    lines.append(padded("", margin) + "└" + String(repeating: "─", count: width))
    let (left, right) = (AxisScale.text(horizontal.start), AxisScale.text(horizontal.end))
    let middle = plot.x.label
    let gap = max(2, width - left.count - middle.count - right.count)
    lines.append(
      padded("", margin + 1) + left + String(repeating: " ", count: gap / 2) + middle
        + String(repeating: " ", count: gap - gap / 2) + right)
    lines += wrapped(legend, to: width).map { padded("", margin + 1) + $0 }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The entries one behind the other, in as many lines as it takes for none to be longer than `width`
  /// unless one entry is.
  private static func wrapped(_ entries: [String], to width: Int) -> [String] {
    var lines: [String] = []
    for entry in entries {
      if let last = lines.last, last.count + 3 + entry.count <= width {
        lines[lines.count - 1] = last + "   " + entry
      } else {
        lines.append(entry)
      }
    }
    return lines
  }

  /// `text` to the right of a field.
  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension Plot {
  /// The title, with the vertical axis's label where that says more.
  fileprivate var heading: String {
    title.lowercased().contains(y.label.lowercased()) ? title : "\(title) (\(y.label))"
  }
}

/// Where on an axis a number lies.
private struct AxisScale {
  let start: Double
  let end: Double
  private let isLogarithmic: Bool

  init(_ numbers: [Double], isLogarithmic: Bool) {
    start = numbers.min() ?? (isLogarithmic ? 1 : 0)
    end = numbers.max() ?? 1
    self.isLogarithmic = isLogarithmic
  }

  /// 0 at the start, 1 at the end; half where both are the same.
  func share(of number: Double) -> Double {
    guard end > start else { return 0.5 }
    return isLogarithmic
      ? log(number / start) / log(end / start) : (number - start) / (end - start)
  }

  /// The number half way.
  var middle: Double { isLogarithmic ? (start * end).squareRoot() : (start + end) / 2 }

  /// A number in three digits, large ones to the whole: 0.0479, 9.12e-07, 12608.
  static func text(_ number: Double) -> String {
    (1000..<1e7).contains(abs(number))
      ? String(format: "%.0f", number) : String(format: "%.3g", number)
  }
}
