import ArgumentParser
import Errors
import Foundation
import Learning
import Trainers

/// How a training that iterates is watched and gone on with: nothing of it changes what is learned.
struct MonitorOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "\(TrainerRegistry.names(with: .resumes)): go on from the checkpoint of a training that was "
        + "interrupted, if there is one, to the same model as without the interruption."))
  var resume = false

  @Option(
    help: ArgumentHelp(
      "\(TrainerRegistry.names(with: .iterates)): draw losses and schedule into FILE.png or FILE.svg (by gnuplot), or - for "
        + "the terminal. Of two models that iterate, the second's go to FILE-MODEL.",
      valueName: "file"),
    transform: { try PlotTarget($0) })
  var plot: PlotTarget?

  @Option(
    help: ArgumentHelp(
      "\(TrainerRegistry.names(with: .iterates)): write the figures of each epoch as CSV. Of two models that iterate, the "
        + "second's go to FILE-MODEL.",
      valueName: "file"))
  var log: String?

  /// The first option that was given and a trainer of the given capabilities does not have.
  func given(beyond capabilities: TrainerCapabilities) -> (
    name: String, needs: TrainerCapabilities
  )? {
    let options = [
      (resume, "resume", TrainerCapabilities.resumes), (plot != nil, "plot", .iterates),
      (log != nil, "log", .iterates),
    ]
    return options.first { $0.0 && !capabilities.isSuperset(of: $0.2) }.map { ($0.1, $0.2) }
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

  /// Where those of another model go, of the given kind.
  func beside(_ kind: String) -> PlotTarget {
    if case .file(let path) = self { .file(path.inserting("-\(kind)")) } else { self }
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

extension String {
  /// A path with a text before its file's extension: `fit-bayes.csv`.
  func inserting(_ text: String) -> String {
    let start = lastIndex(of: "/").map { index(after: $0) } ?? startIndex
    guard let dot = self[start...].lastIndex(of: "."), dot > start else { return self + text }
    return self[..<dot] + text + self[dot...]
  }
}
