import ExplainedErrors
import TensorCore

/// Keeps what each step was done with and came to, for plots.
package final class StepRecorder: TrainingCallback {
  /// By step: its rate, momentum, the batch's loss and the exponential mean of losses.
  package private(set) var rates: [Float] = []
  package private(set) var momenta: [Float] = []
  package private(set) var losses: [Float] = []
  package private(set) var meanLosses: [Float] = []

  package init() {}

  package func batchDidEnd(_ progress: TrainingProgress) {
    rates.append(Float(progress.rate))
    momenta.append(Float(progress.momentum))
    losses.append(progress.batchLoss)
    meanLosses.append(Float(progress.trainingLoss))
  }

  package func state() -> SavedState {
    var state = SavedState()
    state.texts["steps"] = "\(rates.count)"
    for (name, numbers) in [
      ("rates", rates), ("momenta", momenta), ("losses", losses), ("mean losses", meanLosses),
    ] { state.add(name, Tensor([numbers.count], numbers)) }
    return state
  }

  package func restore(_ state: SavedState) throws(TrainingError) {
    let count: Int = try state.value("steps")
    guard count >= 0 else { throw .badState("\(count) steps") }
    func numbers(_ name: String) throws(TrainingError) -> [Float] {
      try state.tensor(name, [count]).elements()
    }
    rates = try numbers("rates")
    momenta = try numbers("momenta")
    losses = try numbers("losses")
    meanLosses = try numbers("mean losses")
  }
}
