import ArgumentParser
import Learning

/// Options for the output of a learning rate search.
struct RateSearchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Plot the curve with the suggestions to FILE.png or FILE.svg (with gnuplot), or - for the "
        + "terminal.", valueName: "file"),
    transform: { try PlotTarget($0) })
  var plot: PlotTarget?

  @Option(
    help: ArgumentHelp(
      "Write the curve as CSV: the rate and the smoothed loss of each batch.", valueName: "file"))
  var log: String?

  @Flag(help: "Show no progress on standard error.")
  var quiet = false

  /// Throws unless the curve can be drawn and written; called before the search.
  func check() throws {
    try plot?.check()
    _ = try log.map { try OutputFile($0) }
  }

  /// Plots and logs the curve if asked to, and writes its suggestions for a model of `kind`.
  func show(_ curve: LRCurve, of kind: String, as format: OutputFormat) throws {
    let suggestions = LRSuggestions(curve)
    try plot?.draw([Plot(curve, suggestions)])
    try write(curve)
    var answer = ResultTable([
      "model", "suggestion", .init("learning_rate", heading: "learning rate"),
    ])
    for (name, rate) in suggestions.all {
      answer.append([.text(kind), .text(name), rate.map(ResultTable.Cell.rate) ?? .missing])
    }
    try answer.write(as: format)
  }

  private func write(_ curve: LRCurve) throws {
    guard let file = try log.map({ try OutputFile($0) }) else { return }
    let lines = curve.points.map { point in
      "\(point.rate),\(point.loss.isFinite ? "\(point.loss)" : "")\n"
    }
    try file.write(Array("learning_rate,loss\n".utf8) + lines.flatMap { Array($0.utf8) })
    try file.finish()
  }
}
