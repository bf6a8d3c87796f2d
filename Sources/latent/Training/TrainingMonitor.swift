import Foundation
import Learning

/// What watches a training that iterates: the display, a log of its figures, plots, and the signals that
/// stop it.
struct TrainingMonitor {
  /// Called in this order.
  let callbacks: [any TrainingCallback]
  /// The same for the model that is fitted again, which is neither logged nor drawn.
  let refitCallbacks: [any TrainingCallback]
  private let interruption = Interruption()

  /// What `options` ask for. Throws when plots could not be drawn.
  init(_ display: TrainingDisplay, _ options: MonitorOptions) throws {
    try options.plot?.check()
    var callbacks: [any TrainingCallback] = [display]
    if let log = options.log { callbacks.append(CSVLog(log)) }
    if let plot = options.plot {
      let recorder = StepRecorder()
      callbacks += [recorder, PlotDrawing(of: recorder, to: plot, display)]
    }
    callbacks.append(interruption.flag)
    self.callbacks = callbacks
    refitCallbacks = [display, interruption.flag]
  }
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
