import ArgumentParser
import Errors
import Foundation
import Learning
import Trainers

/// Options for monitoring and resuming an iterative training. They have no effect on the model.
struct MonitorOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "\(TrainerRegistry.names(with: .resumes)): continue from the checkpoint of an interrupted "
        + "training, if there is one; the model is the same as without the interruption."))
  var resume = false

  @Option(
    help: ArgumentHelp(
      "\(TrainerRegistry.names(with: .iterates)): plot losses and schedule to FILE.png or FILE.svg (with gnuplot), or - for "
        + "the terminal. With two iterative models, the second one's plots go to FILE-MODEL.",
      valueName: "file"),
    transform: { try PlotTarget($0) })
  var plot: PlotTarget?

  @Option(
    help: ArgumentHelp(
      "\(TrainerRegistry.names(with: .iterates)): write the metrics of each epoch as CSV. With two iterative models, the "
        + "second one's go to FILE-MODEL.",
      valueName: "file"))
  var log: String?

  /// Returns the first given option that a trainer with these capabilities does not support.
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

/// Where to draw plots.
enum PlotTarget: Equatable {
  /// On standard error, in characters.
  case terminal
  /// To a file, with gnuplot.
  case file(String)

  /// Parses a command-line argument. Throws if the file's extension is not supported.
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

  /// Returns the target for the plots of another model, of the given kind.
  func beside(_ kind: String) -> PlotTarget {
    if case .file(let path) = self { .file(path.inserting("-\(kind)")) } else { self }
  }

  /// Throws unless plots can be drawn there; called before the work starts.
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
  /// Returns the path with `text` inserted before the file's extension, such as `fit-bayes.csv`.
  func inserting(_ text: String) -> String {
    let start = lastIndex(of: "/").map { index(after: $0) } ?? startIndex
    guard let dot = self[start...].lastIndex(of: "."), dot > start else { return self + text }
    return self[..<dot] + text + self[dot...]
  }
}
