import Errors
import Layers
import Learning
import TensorCore

/// Ends a training whose network has become one that answers what is no number: the loss of each step is watched by
/// ``Learner``, but the last step of an epoch is seen by the validation alone, and that of a training that holds nothing
/// out by nobody.
final class DivergenceStop: TrainingCallback {
  private let network: any Module
  private var plan: TrainingPlan?

  /// Of the training of `network`.
  init(of network: any Module) { self.network = network }

  func trainingWillBegin(_ plan: TrainingPlan) { self.plan = plan }

  /// Throws `diverged` for a validation loss that is infinite or no number.
  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    if let loss = record.validationLoss, !loss.isFinite {
      throw diverged("the validation loss is \(loss)", at: record.epoch)
    }
    return .proceed
  }

  /// Throws `diverged` for weights or statistics that are infinite or no numbers.
  func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError) {
    for (name, tensor) in network.namedState() where tensor.value.elementType == .float32 {
      let fault = tensor.value.withElements { numbers in numbers.first { !$0.isFinite } }
      if let fault {
        throw diverged("'\(name)' holds \(fault)", at: history.epochs.last?.epoch ?? 0)
      }
    }
  }

  /// In the words of a loss that diverges at a step.
  private func diverged(_ problem: String, at epoch: Int) -> TrainingError {
    let peak = plan?.rates?.peakRates.max() ?? 0
    return TrainingError(
      .diverged, problem,
      place: "epoch \(epoch) of \(plan?.epochCount ?? epoch), rate up to \(Float(peak))",
      remedy: "Try a tenth of the learning rate: \(Float(peak / 10)) instead of \(Float(peak)).")
  }
}
