import Errors
import TensorCore

/// Keeps what each step was done with and came to, and each epoch's validation loss, for plots: of all
/// trainings of a learner, one behind the other.
package final class StepRecorder: TrainingCallback {
  /// By step: its rate, momentum, the batch's loss and the exponential mean of losses.
  package private(set) var rates: [Float] = []
  package private(set) var momenta: [Float] = []
  package private(set) var losses: [Float] = []
  package private(set) var meanLosses: [Float] = []
  /// By epoch: the steps up to its end, and its validation loss, NaN without one.
  package private(set) var epochEnds: [Int64] = []
  package private(set) var validationLosses: [Float] = []

  package init() {}

  package func stepDidEnd(_ progress: TrainingProgress) {
    rates.append(Float(progress.rate))
    momenta.append(Float(progress.momentum))
    losses.append(progress.batchLoss)
    meanLosses.append(Float(progress.trainingLoss))
  }

  package func epochDidEnd(_ record: EpochRecord) -> Continuation {
    epochEnds.append(Int64(rates.count))
    validationLosses.append(record.validationLoss.map { Float($0) } ?? .nan)
    return .proceed
  }

  package func state() -> SavedState {
    var state = SavedState()
    state.texts["steps"] = "\(rates.count)"
    state.texts["epochs"] = "\(epochEnds.count)"
    for (name, numbers) in [
      ("rates", rates), ("momenta", momenta), ("losses", losses), ("mean losses", meanLosses),
      ("validation losses", validationLosses),
    ] { state.add(name, Tensor([numbers.count], numbers)) }
    state.add("epoch ends", Tensor([epochEnds.count], epochEnds))
    return state
  }

  package func restore(_ state: SavedState) throws(TrainingError) {
    let count: Int = try state.value("steps")
    let epochCount: Int = try state.value("epochs")
    guard count >= 0, epochCount >= 0 else {
      throw .badState("\(count) steps, \(epochCount) epochs")
    }
    func numbers(_ name: String, _ count: Int) throws(TrainingError) -> [Float] {
      try state.tensor(name, [count]).elements()
    }
    rates = try numbers("rates", count)
    momenta = try numbers("momenta", count)
    losses = try numbers("losses", count)
    meanLosses = try numbers("mean losses", count)
    validationLosses = try numbers("validation losses", epochCount)
    epochEnds = try state.tensor("epoch ends", [epochCount], .int64).elements(of: Int64.self)
  }
}
