import Errors
import Layers
import Learning
import TensorCore

/// Stops a training whose network has diverged to non-finite outputs. ``Learner`` checks the loss of each step. But
/// the effect of an epoch's last step shows only in the validation loss, and nowhere if nothing is held out.
final class DivergenceStop: TrainingCallback {
  private let network: any Module
  private var plan: TrainingPlan?

  /// Watches the training of `network`.
  init(of network: any Module) { self.network = network }

  func trainingWillBegin(_ plan: TrainingPlan) { self.plan = plan }

  /// Throws `diverged` if the validation loss is not finite.
  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    if let loss = record.validationLoss, !loss.isFinite {
      throw diverged("the validation loss is \(loss)", at: record.epoch)
    }
    return .proceed
  }

  /// Throws `diverged` if a weight or statistic is not finite.
  func trainingDidEnd(_ history: TrainingHistory) throws(TrainingError) {
    for (name, tensor) in network.namedState() where tensor.value.elementType == .float32 {
      let fault = tensor.value.withElements { numbers in numbers.first { !$0.isFinite } }
      if let fault {
        throw diverged("'\(name)' holds \(fault)", at: history.epochs.last?.epoch ?? 0)
      }
    }
  }

  /// Returns the error, worded like that of a loss that diverges at a step.
  private func diverged(_ problem: String, at epoch: Int) -> TrainingError {
    let peak = plan?.rates?.peakRates.max() ?? 0
    return TrainingError(
      .diverged, problem,
      place: "epoch \(epoch) of \(plan?.epochCount ?? epoch), rate up to \(Float(peak))",
      remedy: "Try a tenth of the learning rate: \(Float(peak / 10)) instead of \(Float(peak)).")
  }
}
