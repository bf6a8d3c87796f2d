package import Errors
import Foundation

/// Renders plots to files with gnuplot.
///
///     try Gnuplot.draw([.losses(recorder)] + Plot.schedule(recorder), to: "training.svg")
package enum Gnuplot {
  /// A gnuplot terminal and the marker at the end of its files.
  private struct Terminal {
    let name: String
    let end: String
  }

  /// The terminals by file extension.
  private static let terminals = [
    "png": Terminal(name: "pngcairo", end: "IEND"), "svg": Terminal(name: "svg", end: "</svg>"),
  ]

  /// Draws `plots` one below the other into the file at `path`, as PNG or SVG depending on its extension. An existing
  /// file is replaced once the new one is complete.
  ///
  /// Throws ``PlotError``: `unknownFormat`, `missingProgram`, or `failed` with gnuplot's own message.
  package static func draw(_ plots: [Plot], to path: String) throws(PlotError) {
    let terminal = try terminal(of: path)
    let program = try program()
    let partialPath = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: partialPath) }
    guard FileManager.default.createFile(atPath: partialPath, contents: nil),
      let output = FileHandle(forWritingAtPath: partialPath)
    else { throw unwritable(path) }
    try run(program, GnuplotScript(plots, terminal: terminal.name), output: output, place: path)
    // gnuplot does not report a full disk.
    let drawing = FileManager.default.contents(atPath: partialPath) ?? Data()
    guard drawing.suffix(64).firstRange(of: Data(terminal.end.utf8)) != nil else {
      throw PlotError(
        .failed, "the plot is incomplete: \(drawing.count) bytes were written", place: path,
        remedy: "Free disk space, or draw in the terminal.")
    }
    guard rename(partialPath, path) == 0 else { throw unwritable(path) }
  }

  /// Checks that plots can be drawn to `path`; meant to be called before long-running work.
  ///
  /// Throws ``PlotError``: `unknownFormat`, `missingProgram`, or `failed` if the folder does not exist or is not
  /// writable.
  package static func check(_ path: String) throws(PlotError) {
    _ = try terminal(of: path)
    _ = try program()
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else { throw unwritable(path) }
  }

  /// Checks that the extension of `path` is supported.
  ///
  /// Throws ``PlotError`` `unknownFormat`.
  package static func checkName(of path: String) throws(PlotError) { _ = try terminal(of: path) }

  private static func terminal(of path: String) throws(PlotError) -> Terminal {
    let suffix = URL(fileURLWithPath: path).pathExtension.lowercased()
    guard let terminal = terminals[suffix] else {
      throw PlotError(
        .unknownFormat, "the name ends neither in .png nor in .svg", place: path,
        remedy: "Use one of these extensions, or draw in the terminal.")
    }
    return terminal
  }

  /// Returns the path of gnuplot.
  private static func program() throws(PlotError) -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    for folder in folders {
      let path = "\(folder)/gnuplot"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw PlotError(
      .missingProgram, "plots are drawn by gnuplot, which is not installed", place: "gnuplot",
      remedy: "Install it (Debian's gnuplot-nox), or draw in the terminal.")
  }

  private static func run(
    _ program: String, _ script: GnuplotScript, output: FileHandle, place: String
  ) throws(PlotError) {
    func failed(_ problem: String) -> PlotError {
      PlotError(
        .failed, problem, place: place, remedy: "Try another file, or draw in the terminal.")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-d", "-"]
    let input = Pipe()
    let errors = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch { throw failed("gnuplot did not start: \(error)") }
    // Written on a separate thread to avoid a deadlock: gnuplot may wait for its output to be read before it reads on.
    Thread.detachNewThread {
      try? input.fileHandleForWriting.write(contentsOf: Data(script.text.utf8))
      try? input.fileHandleForWriting.close()
    }
    let words = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw failed("gnuplot failed: \(String(decoding: words, as: UTF8.self))")
    }
  }

  private static func unwritable(_ path: String) -> PlotError {
    PlotError(
      .failed, "the file can't be written", place: path,
      remedy: "Name a file in an existing, writable folder.")
  }
}

/// An error in drawing a plot.
package typealias PlotError = ExplainedError<PlotErrorCode>

/// The error codes of a ``PlotError``.
package enum PlotErrorCode: String, ErrorCode {
  /// The file's extension is not supported.
  case unknownFormat
  /// gnuplot is not installed.
  case missingProgram
  /// gnuplot failed, or the file can't be written.
  case failed
}

/// A gnuplot script that draws plots one below the other.
struct GnuplotScript {
  /// The script's text.
  let text: String

  /// Creates a script that writes the image to standard output.
  init(_ plots: [Plot], terminal: String) {
    let count = max(plots.count, 1)
    // Names are placed beside the plots, as inside they would hide curves.
    let right = plots.contains(where: \.hasNames) ? 0.78 : 0.97
    let (bottom, top) = (0.13 / Double(count), 1 - 0.10 / Double(count))
    var lines = [
      "set encoding utf8",
      "set terminal \(terminal) noenhanced size 960,\(max(420, plots.reduce(0) { $0 + $1.height })) font 'sans,11' "
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

  /// Colours that are dark enough on white and distinguishable by colour-blind people (Okabe, Ito).
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
      "set format x '%g'",
      plot.curves.contains { $0.style == .bars } ? "set yrange [0:*]" : "set yrange [*:*]",
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
        switch curve.style {
        case .line: "lines lw 2"
        case .dottedLine: "linespoints lw 1.5 pt 7 ps 0.9"
        case .cloud: "points pt 7 ps 0.4"
        case .bars: "impulses lw 18"
        }
      // Clouds are pale, as names are drawn over them.
      let colour = curve.style == .cloud ? "#8fb8d8" : colour(position)
      add(curve.points, "\(style) lc rgb '\(colour)'", curve.name)
    }
    for (position, mark) in plot.marks.enumerated() {
      add(
        [mark.point], "points pt 7 ps 1.6 lc rgb '\(colour(plot.curves.count + position))'",
        "\(mark.name): \(String(format: "%.2g", mark.point.x))")
    }
    lines.append("unset label")
    for label in plot.labels where plot.shows(label.point) {
      lines.append(
        "set label \(quoted(label.name)) at \(label.point.x),\(label.point.y) "
          + (label.isLeft ? "right offset -0.6,0" : "left offset 0.6,0") + " point pt 7 ps 0.8")
    }
    // gnuplot treats an empty plot as an error.
    lines.append(
      parts.isEmpty ? "plot [0:1] [0:1] NaN notitle" : "plot \(parts.joined(separator: ", "))")
    return lines
  }

  /// Returns the text in gnuplot's single quotes, in which only the quote is special, so that backquoted commands are
  /// inert. A quote becomes an apostrophe, as gnuplot's own escape, doubling it, fails for two in a row.
  private static func quoted(_ text: String) -> String {
    "'" + String(text.map { $0.isNewline ? " " : $0 == "'" ? "’" : $0 }) + "'"
  }
}
