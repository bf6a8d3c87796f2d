import ArgumentParser
import Learning

/// How a search for a learning rate is shown.
struct RateSearchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Draw the curve with its suggestions into FILE.png or FILE.svg (by gnuplot), or - for the "
        + "terminal.", valueName: "file"),
    transform: { try PlotTarget($0) })
  var plot: PlotTarget?

  @Flag(help: "No progress on standard error.")
  var quiet = false

  /// Draws the curve where that was asked for, and writes what it suggests for a model of `kind`.
  func show(_ curve: LRCurve, of kind: String, as format: OutputFormat) throws {
    let suggestions = LRSuggestions(curve)
    try plot?.draw([Plot(curve, suggestions)])
    var answer = ResultTable([
      "model", "suggestion", .init("learning_rate", heading: "learning rate"),
    ])
    for (name, rate) in suggestions.all {
      answer.append([.text(kind), .text(name), rate.map(ResultTable.Cell.rate) ?? .missing])
    }
    try answer.write(as: format)
  }
}
