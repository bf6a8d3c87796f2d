import Foundation
import Learning

/// Monitors an iterative training: the display, the log of its metrics, plots, and the signals that stop it.
final class TrainingMonitor {
  private let display: TrainingDisplay
  private let plot: PlotTarget?
  private let log: String?
  private let interruption = Interruption()
  /// Whether a model was monitored already; its log and plots have the names that were given.
  private var isBeside = false

  /// Creates a monitor that draws to `plot` and writes to the file `log`, if given. Throws if plots can't be drawn.
  init(_ display: TrainingDisplay, plot: PlotTarget?, log: String?) throws {
    try plot?.check()
    self.display = display
    self.plot = plot
    self.log = log
  }

  /// Returns the callbacks for the next model to be trained, of the given kind, in the order of the calls.
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

  /// The flag that stops a model trained in one pass beside an iterative one.
  var cancellation: CancellationFlag { interruption.flag }

  /// The callbacks for a model that is refitted, which is neither logged nor plotted.
  var refitCallbacks: [any TrainingCallback] { [display, interruption.flag] }
}

/// Plots losses and schedule when a training has ended. A plot that fails is only a warning: the model must not be
/// lost.
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
