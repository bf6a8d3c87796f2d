import Errors
import TensorCore

/// Records values per step and per epoch for plots, across all trainings of a loop in order. Missing values are NaN.
package final class StepRecorder: TrainingCallback {
  /// Per step: the rate, momentum, the step's own loss and the training loss. If the training loss is computed only per
  /// epoch, it is recorded at the epoch's last step.
  package private(set) var rates: [Float] = []
  package private(set) var momenta: [Float] = []
  package private(set) var losses: [Float] = []
  package private(set) var meanLosses: [Float] = []
  /// Per epoch: the total number of steps at its end, and its validation loss, NaN without one.
  package private(set) var epochEnds: [Int64] = []
  package private(set) var validationLosses: [Float] = []

  package init() {}

  package func stepDidEnd(_ progress: TrainingProgress) {
    let result = progress.result
    rates.append(result.gradientStep.map { Float($0.rate) } ?? .nan)
    momenta.append(result.gradientStep.map { Float($0.momentum) } ?? .nan)
    losses.append(result.loss ?? .nan)
    meanLosses.append(result.trainingLoss.map { Float($0) } ?? .nan)
  }

  package func epochDidEnd(_ record: EpochRecord) -> Continuation {
    if let loss = record.trainingLoss, let last = meanLosses.indices.last, meanLosses[last].isNaN {
      meanLosses[last] = Float(loss)
    }
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
