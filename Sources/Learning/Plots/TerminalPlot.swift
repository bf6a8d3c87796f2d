import Foundation

/// A plot as text: lines in Braille dots, eight per character; points and marks as letters.
package struct TerminalPlot {
  /// The lines of the plot, each ending in a line feed.
  package let text: String

  /// Draws `plot` in an area of `width` by `height` characters.
  package init(_ plot: Plot, width: Int = 64, height: Int = 16) {
    precondition(width > 0 && height > 0, "a field of \(width) by \(height)")
    let points = plot.curves.flatMap(\.points) + plot.marks.map(\.point) + plot.labels.map(\.point)
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
      switch curve.style {
      case .dottedLine: for dot in dots { canvas.set("o", x: dot.x, y: dot.y) }
      case .bars:
        for dot in dots { canvas.draw(from: (dot.x, canvas.dotHeight - 1), to: dot) }
      case .cloud: for dot in dots { canvas.set(x: dot.x, y: dot.y) }
      case .line:
        canvas.draw(from: first, to: first)
        for (from, to) in zip(dots, dots.dropFirst()) { canvas.draw(from: from, to: to) }
      }
      guard plot.hasNames else { continue }
      legend.append("\(curve.style == .dottedLine ? "o" : "⠒") \(curve.name)")
    }
    let named =
      plot.marks.map { ($0.point, "\($0.name) \(AxisScale.text($0.point.x))") }
      + plot.labels.map { ($0.point, $0.name) }
    for (number, (point, name)) in named.enumerated() where plot.shows(point) {
      let sign = Character(String(UnicodeScalar(UInt8(ascii: "A") + UInt8(number % 26))))
      let position = dot(point)
      canvas.mark(sign, x: position.x, y: position.y)
      legend.append("\(sign) \(name)")
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

  /// Joins the entries into lines of at most `width` characters, unless a single entry is longer.
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

  /// Returns `text` right-aligned in a field of `width` characters.
  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension Plot {
  /// The title, followed by the y axis label unless it already contains that.
  fileprivate var heading: String {
    title.lowercased().contains(y.label.lowercased()) ? title : "\(title) (\(y.label))"
  }
}

/// Maps values to positions on an axis.
private struct AxisScale {
  let start: Double
  let end: Double
  private let isLogarithmic: Bool

  init(_ numbers: [Double], isLogarithmic: Bool) {
    start = numbers.min() ?? (isLogarithmic ? 1 : 0)
    end = numbers.max() ?? 1
    self.isLogarithmic = isLogarithmic
  }

  /// Returns the position of `number`: 0 at the start, 1 at the end; 0.5 if both are equal.
  func share(of number: Double) -> Double {
    guard end > start else { return 0.5 }
    return isLogarithmic
      ? log(number / start) / log(end / start) : (number - start) / (end - start)
  }

  /// The value half way along the axis.
  var middle: Double { isLogarithmic ? (start * end).squareRoot() : (start + end) / 2 }

  /// Returns a number with three significant digits, large ones rounded to integers: 0.0479, 9.12e-07, 12608.
  static func text(_ number: Double) -> String {
    (1000..<1e7).contains(abs(number))
      ? String(format: "%.0f", number) : String(format: "%.3g", number)
  }
}

/// A grid of characters, each showing two by four dots (Unicode's Braille patterns) or a sign.
struct BrailleCanvas {
  /// The size in characters.
  let width: Int
  let height: Int
  /// The dots of each character as a bit mask.
  private var dots: [UInt8]
  private var signs: [Int: Character] = [:]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    dots = Array(repeating: 0, count: width * height)
  }

  var dotWidth: Int { width * 2 }
  var dotHeight: Int { height * 4 }

  /// Sets the dot in column `x` and row `y`, counted from the top left.
  mutating func set(x: Int, y: Int) {
    // The bits of the pattern number three rows of the left column, then of the right, then the fourth row.
    let bits: [UInt8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
    dots[y / 4 * width + x / 2] |= bits[y % 4 * 2 + x % 2]
  }

  /// Sets a sign at the position of a dot, hiding the other dots of that character.
  mutating func set(_ sign: Character, x: Int, y: Int) { signs[y / 4 * width + x / 2] = sign }

  /// Sets a sign at the position of a dot, or as near as possible in its row if another sign is there.
  mutating func mark(_ sign: Character, x: Int, y: Int) {
    let (row, column) = (y / 4, x / 2)
    let free = (0..<width).sorted { abs($0 - column) < abs($1 - column) }
      .first { signs[row * width + $0] == nil }
    signs[row * width + (free ?? column)] = sign
  }

  /// Draws a line of dots between two, inclusive.
  mutating func draw(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
    let steps = max(abs(end.x - start.x), abs(end.y - start.y))
    for step in 0...steps {
      let share = steps == 0 ? 0 : Double(step) / Double(steps)
      set(
        x: start.x + Int((Double(end.x - start.x) * share).rounded()),
        y: start.y + Int((Double(end.y - start.y) * share).rounded()))
    }
  }

  /// The rows from top to bottom, without trailing blanks.
  var rows: [String] {
    (0..<height).map { row in
      let characters = (0..<width).map { column -> Character in
        let position = row * width + column
        if let sign = signs[position] { return sign }
        guard dots[position] != 0, let scalar = UnicodeScalar(0x2800 + UInt32(dots[position]))
        else {
          return " "
        }
        return Character(scalar)
      }
      let end = characters.lastIndex { $0 != " " }.map { $0 + 1 } ?? 0
      return String(characters[..<end])
    }
  }
}

/// A progress bar: `[██████▌         ]`.
package struct ProgressBar {
  /// The bar, brackets included.
  package let text: String

  /// Creates a bar of `width` characters with `share` of it filled, to an eighth of a character. A share outside 0 ...
  /// 1 is clamped; NaN counts as 0.
  package init(_ share: Double, width: Int = 20) {
    precondition(width > 0, "a bar of \(width)")
    let eighths = share > 0 ? Int(Double(width * 8) * min(share, 1)) : 0
    let (whole, rest) = eighths.quotientAndRemainder(dividingBy: 8)
    let filled =
      String(repeating: "█", count: whole)
      + (rest == 0 ? "" : ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest - 1])
    text = "[" + filled + String(repeating: " ", count: width - filled.count) + "]"
  }
}
