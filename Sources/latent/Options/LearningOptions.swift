import ArgumentParser
import Errors
import Foundation
import Learning

/// What accompanies the learning of a model step by step: nothing of it changes what is learned.
struct LearningOptions: ParsableArguments {
  @Flag(
    help: """
      dot-bias, neural: go on from the checkpoint of a training that was interrupted, if there is \
      one, to the same model as without the interruption.
      """)
  var resume = false

  @Option(
    help: ArgumentHelp(
      "dot-bias, neural: draw losses and schedule into FILE.png or FILE.svg (by gnuplot), or - for "
        + "the terminal.", valueName: "file"),
    transform: { try PlotTarget($0) })
  var plot: PlotTarget?

  @Option(
    help: ArgumentHelp(
      "dot-bias, neural: write the figures of each epoch as CSV.", valueName: "file"))
  var log: String?

  /// The options that were given, by name.
  var given: [String] {
    (resume ? ["resume"] : []) + (plot == nil ? [] : ["plot"]) + (log == nil ? [] : ["log"])
  }
}

/// Where plots are drawn.
enum PlotTarget: Equatable {
  /// On standard error, in characters.
  case terminal
  /// Into a file, by gnuplot.
  case file(String)

  /// Reads what the command line gives. Throws for a file of another kind than can be drawn.
  init(_ argument: String) throws {
    guard argument != "-" else {
      self = .terminal
      return
    }
    do { try Gnuplot.checkName(of: argument) } catch {
      throw ValidationError("\(error.problem). \(error.remedy)")
    }
    self = .file(argument)
  }

  /// Throws unless plots can be drawn there: before the work that they are to show.
  func check() throws {
    if case .file(let path) = self { try Gnuplot.check(path) }
  }

  /// Draws the plots, one below the other.
  func draw(_ plots: [Plot]) throws {
    switch self {
    case .terminal: for plot in plots { StandardError.write(TerminalPlot(plot).text + "\n") }
    case .file(let path): try Gnuplot.draw(plots, to: path)
    }
  }
}
