import Foundation
import Learning
import ModelRegistry

/// What goes along with the learning of a model: what watches it, where it keeps its state, and the
/// plots to be drawn when it is over.
struct Accompaniment {
  /// Called in this order.
  let callbacks: [any TrainingCallback]
  let checkpoints: CheckpointFile?
  private let plot: (recorder: StepRecorder, target: PlotTarget)?
  private let interruption: Interruption?
  private let display: TrainingDisplay

  /// What goes along with a model that is only compared with: a display.
  init(_ display: TrainingDisplay) {
    self.display = display
    callbacks = [display]
    checkpoints = nil
    plot = nil
    interruption = nil
  }

  /// What `options` ask for, with the state kept among the model's `versions` under the given identity.
  ///
  /// Throws when plots could not be drawn.
  init(
    _ display: TrainingDisplay, _ options: LearningOptions, _ versions: ModelVersions,
    identity: CheckpointFile.Identity
  ) throws {
    self.display = display
    try options.plot?.check()
    let checkpoints = CheckpointFile(
      try versions.checkpointPath(), of: identity, resumes: options.resume)
    switch (options.resume, checkpoints.isThere) {
    case (true, true): display.say("going on from the checkpoint")
    case (true, false):
      display.say("there is no checkpoint to go on from: starting at the beginning")
    case (false, true):
      display.warn(
        "a checkpoint of an interrupted training is not gone on from, and will be replaced: --resume "
          + "would go on")
    case (false, false): break
    }
    let interruption = Interruption()
    let recorder = StepRecorder()
    var callbacks: [any TrainingCallback] = [display]
    if let log = options.log { callbacks.append(CSVLog(log)) }
    if options.plot != nil { callbacks.append(recorder) }
    callbacks.append(interruption.flag)
    self.callbacks = callbacks
    self.checkpoints = checkpoints
    plot = options.plot.map { (recorder, $0) }
    self.interruption = interruption
  }

  /// Says where it ended when that is before the last of the epochs that `options` ask for, and which
  /// epoch was kept when that is not the one it ended with; draws what was asked for. A picture that
  /// fails is a warning: what was learned must not go with it.
  func conclude(_ history: TrainingHistory, keptEpoch: Int, _ options: TrainingOptions) {
    let last = history.epochs.count
    if let patience = options.earlyStop, last < options.epochs {
      display.say("stopped after epoch \(last): no better since epoch \(last - patience)")
    }
    if keptEpoch != last { display.say("kept the model of epoch \(keptEpoch)") }
    guard let plot else { return }
    do { try plot.target.draw([.losses(plot.recorder)] + Plot.schedule(plot.recorder)) } catch {
      display.warn("losses and schedule are not drawn: \(error)")
    }
  }
}
