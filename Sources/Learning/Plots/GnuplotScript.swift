import Foundation

/// What gnuplot is told to draw plots, one below the other.
struct GnuplotScript {
  /// The script's text.
  let text: String

  /// A script that writes a picture to standard output.
  init(_ plots: [Plot], terminal: String) {
    let count = max(plots.count, 1)
    // Names stand beside the plots: within they would hide some curve or other.
    let right = plots.contains(where: \.hasNames) ? 0.78 : 0.97
    let (bottom, top) = (0.13 / Double(count), 1 - 0.10 / Double(count))
    var lines = [
      "set encoding utf8",
      "set terminal \(terminal) noenhanced size 960,\(420 * count) font 'sans,11' "
        + "background '#ffffff'",
      "set multiplot layout \(count),1 margins 0.11,\(right),\(bottom),\(top) "
        + "spacing 0.05,\(0.28 / Double(count))",
      "set key at graph 1.02, graph 1 left top Left reverse samplen 1.5", "set autoscale xfix",
      "set grid lt 1 lw 0.5 lc rgb '#e4e4e4'", "set border lc rgb '#888888'",
      "set tics textcolor rgb '#444444'",
    ]
    for (number, plot) in plots.enumerated() { lines += Self.lines(plot, number) }
    lines.append("unset multiplot")
    text = lines.map { $0 + "\n" }.joined()
  }

  /// Dark enough on white, and told apart by the colour-blind (Okabe, Ito).
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
  ]

  private static func colour(_ number: Int) -> String { colours[number % colours.count] }

  private static func lines(_ plot: Plot, _ number: Int) -> [String] {
    var lines = [
      "set title \(quoted(plot.title))", "set xlabel \(quoted(plot.x.label))",
      "set ylabel \(quoted(plot.y.label))",
      plot.x.isLogarithmic ? "set logscale x" : "unset logscale x",
      plot.y.isLogarithmic ? "set logscale y" : "unset logscale y",
      "set format x '\(plot.x.isLogarithmic ? "%.0e" : "%g")'",
    ]
    var parts: [String] = []
    func add(_ points: [Plot.Point], _ style: String, _ name: String) {
      let shown = points.filter(plot.shows)
      guard !shown.isEmpty else { return }
      let block = "$data\(number)_\(parts.count)"
      lines.append("\(block) << EOD")
      lines += shown.map { "\($0.x) \($0.y)" }
      lines.append("EOD")
      parts.append(
        "\(block) using 1:2 with \(style) \(plot.hasNames ? "title \(quoted(name))" : "notitle")")
    }
    for (position, curve) in plot.curves.enumerated() {
      let style =
        curve.isDotted
        ? "linespoints lw 1.5 pt 7 ps 0.9" : "lines lw 2"
      add(curve.points, "\(style) lc rgb '\(colour(position))'", curve.name)
    }
    for (position, mark) in plot.marks.enumerated() {
      add(
        [mark.point], "points pt 7 ps 1.6 lc rgb '\(colour(plot.curves.count + position))'",
        "\(mark.name): \(String(format: "%.2g", mark.point.x))")
    }
    // gnuplot takes an empty plot for a mistake.
    lines.append(
      parts.isEmpty ? "plot [0:1] [0:1] NaN notitle" : "plot \(parts.joined(separator: ", "))")
    return lines
  }

  /// A text in gnuplot's single quotes, where nothing but a quote means anything, backquotes with commands
  /// included. A quote becomes an apostrophe: gnuplot's own way, to double it, fails for two in a row.
  private static func quoted(_ text: String) -> String {
    "'" + String(text.map { $0.isNewline ? " " : $0 == "'" ? "’" : $0 }) + "'"
  }
}
