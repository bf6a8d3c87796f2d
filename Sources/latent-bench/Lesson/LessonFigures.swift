import Foundation
import Pages

/// A figure from several runs that differ only in their seeds.
struct Repeated {
  let values: [Double]

  init(_ values: [Double]) { self.values = values }

  var mean: Double { values.reduce(0, +) / Double(values.count) }

  /// The standard error of the mean; 0 for a single run.
  var error: Double {
    guard values.count > 1 else { return 0 }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }

  /// The mean and its standard error.
  var text: String {
    values.count > 1 ? "\(mean.short) ± \(error.short)" : mean.short
  }
}

/// The difference of two figures, and whether it may be due to chance.
struct Difference {
  let amount: Double
  /// The standard error of the difference; 0 if unknown.
  let error: Double

  /// Creates the difference between the means of several runs.
  init(_ left: Repeated, _ right: Repeated) {
    amount = left.mean - right.mean
    error = (left.error * left.error + right.error * right.error).squareRoot()
  }

  /// Creates the difference between two proportions, each of `count` images.
  init(shares left: (share: Double, count: Int), _ right: (share: Double, count: Int)) {
    amount = left.share - right.share
    func variance(_ part: (share: Double, count: Int)) -> Double {
      part.share * (1 - part.share) / Double(max(1, part.count))
    }
    error = (variance(left) + variance(right)).squareRoot()
  }

  /// Whether the difference is significant: larger than chance alone makes it nineteen times in twenty.
  var isBeyondChance: Bool { error > 0 && abs(amount) > 1.96 * error }

  /// The difference in words: "higher by 0.12, beyond chance (standard error 0.02)".
  var words: String {
    let direction =
      amount == 0 ? "the same" : "\(amount > 0 ? "higher" : "lower") by \(abs(amount).short)"
    guard error > 0 else { return direction + " (one run each, so chance can't be ruled out)" }
    return direction
      + (isBeyondChance
        ? ", beyond chance (standard error \(error.short))"
        : ", which may be chance (standard error \(error.short))")
  }
}

extension Double {
  /// The number with three decimals, or with three significant digits if it is below 1/1000 or above 1000.
  var short: String {
    guard isFinite else { return "none" }
    let text =
      self != 0 && (abs(self) < 0.001 || abs(self) >= 1000)
      ? String(format: "%.3g", self) : String(format: "%.3f", self)
    return text.replacing("-", with: "\u{2212}")
  }

  /// The number as seconds.
  var seconds: String { String(format: self < 10 ? "%.1f s" : "%.0f s", self) }
}

extension HTML {
  /// Returns a table whose first column holds names and whose other columns hold values; `best` is the row to
  /// highlight.
  static func table(_ heads: [String], _ rows: [[String]], best: Int? = nil) -> HTML {
    let head = heads.map { "<th>\($0)</th>" as HTML }
    let body = rows.enumerated().map { place, cells -> HTML in
      let cells = cells.map { "<td>\($0)</td>" as HTML }
      return place == best ? "<tr class=\"hit\">\(cells)</tr>" : "<tr>\(cells)</tr>"
    }
    return """
      <div class="wide"><table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>
      """
  }

  /// Returns curves over one axis, coloured in order; curves without a finite point are omitted.
  static func curves(
    _ name: String, x: String, y: String,
    _ curves: [(name: String, points: [(x: Double, y: Double)])],
    marks: [(name: String, x: Double)] = [], within limits: ClosedRange<Double>? = nil
  ) -> HTML {
    let points = curves.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    guard let columns = points.map(\.x).bounds, var rows = points.map(\.y).bounds else { return "" }
    if let limits, rows.overlaps(limits) { rows = rows.clamped(to: limits) }
    let drawing = Drawing(horizontal: columns, vertical: rows.withRoom, height: 260)
    let lines = curves.enumerated().map { place, curve in
      drawing.curve(
        curve.points.map { ($0.x, min(max($0.y, rows.lowerBound), rows.upperBound)) },
        Drawing.style(place))
    }
    let lifted = marks.enumerated().map { place, mark -> HTML in
      let line = drawing.curve(
        [(mark.x, rows.lowerBound), (mark.x, rows.upperBound)], "third dashed")
      return """
        \(line)<text class="label halo" x="\(at: drawing.horizontal(mark.x) + 4)" y="\(at: 24 + 14 * Double(place % 4))">\(mark.name)</text>
        """
    }
    let legend =
      curves.count > 1
      ? Drawing.legend(curves.enumerated().map { (Drawing.style($0), $1.name) }) : ""
    return "\(legend)\(drawing.svg(name, x: x, y: y, "\(lines)\(lifted)"))"
  }
}
