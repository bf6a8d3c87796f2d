import Foundation
import Learning

/// What watches a training that iterates: the display, a log of its figures, plots, and the signals that
/// stop it.
final class TrainingMonitor {
  private let display: TrainingDisplay
  private let plot: PlotTarget?
  private let log: String?
  private let interruption = Interruption()
  /// Whether a model was watched already, whose log and plots have the names that were asked for.
  private var isBeside = false

  /// Draws into `plot` and writes to the file `log`, where given. Throws when plots could not be drawn.
  init(_ display: TrainingDisplay, plot: PlotTarget?, log: String?) throws {
    try plot?.check()
    self.display = display
    self.plot = plot
    self.log = log
  }

  /// What watches the next model that is learned, which is of the given kind, in the order of the calls.
  func callbacks(for kind: String) -> [any TrainingCallback] {
    var callbacks: [any TrainingCallback] = [display]
    if let log {
      callbacks.append(CSVLog(isBeside ? log.inserting("-\(kind)") : log))
    }
    if let plot {
      let recorder = StepRecorder()
      let target = isBeside ? plot.beside(kind) : plot
      callbacks += [recorder, PlotDrawing(of: recorder, to: target, display)]
    }
    isBeside = true
    return callbacks + [interruption.flag]
  }

  /// What asks a model that is learned in one pass to stop, beside one that iterates.
  var cancellation: CancellationFlag { interruption.flag }

  /// The same for a model that is fitted again, which is neither logged nor drawn.
  var refitCallbacks: [any TrainingCallback] { [display, interruption.flag] }
}

/// Draws losses and schedule when a training has ended. A plot that fails is a warning: what was learned
/// must not go with it.
private final class PlotDrawing: TrainingCallback {
  private let recorder: StepRecorder
  private let target: PlotTarget
  private let display: TrainingDisplay

  init(of recorder: StepRecorder, to target: PlotTarget, _ display: TrainingDisplay) {
    self.recorder = recorder
    self.target = target
    self.display = display
  }

  func trainingDidEnd(_ history: TrainingHistory) {
    do { try target.draw([.losses(recorder)] + Plot.schedule(recorder)) } catch {
      display.warn("losses and schedule are not drawn: \(error)")
    }
  }
}
