import ExplainedErrors
package import Layers
package import TensorCore

/// Trains modules through the tape and ``AdamW``: the general way, for models whose step is not
/// written by hand.
package final class ModuleTraining: Trainable {
  /// The loss of the samples with the given numbers, a single number, computed in a pass.
  package typealias Loss = (ArraySlice<UInt32>, ForwardPass) throws(TensorError) -> Variable
  /// The same for held-out samples, which come in the order of their numbers.
  package typealias HeldOutLoss = (Range<Int>, ForwardPass) throws(TensorError) -> Variable

  package let trainingCount: Int
  package let validationCount: Int
  package let lossBound: Double?
  private let optimizer: AdamW
  private let trainingLoss: Loss
  private let willValidate: () -> Void
  private let heldOutLoss: HeldOutLoss
  private var rates: [Double] = []

  /// - Parameters:
  ///   - optimizer: Holds the parameters to be trained.
  ///   - trainingLoss: The mean loss of training samples.
  ///   - willValidate: Called before each validation.
  ///   - heldOutLoss: The mean loss of held-out samples.
  package init(
    optimizer: AdamW, trainingCount: Int, validationCount: Int = 0, lossBound: Double? = nil,
    trainingLoss: @escaping Loss, willValidate: @escaping () -> Void = {},
    heldOutLoss: @escaping HeldOutLoss
  ) {
    self.optimizer = optimizer
    self.trainingCount = trainingCount
    self.validationCount = validationCount
    self.lossBound = lossBound
    self.trainingLoss = trainingLoss
    self.willValidate = willValidate
    self.heldOutLoss = heldOutLoss
  }

  /// Throws `badOption` unless the plan has one rate, or one for each parameter group.
  package func prepare(for plan: TrainingPlan) throws(TrainingError) {
    let groupCount = optimizer.groups.count
    guard plan.peakRates.count == 1 || plan.peakRates.count == groupCount else {
      throw TrainingError(
        .badOption, "\(plan.peakRates.count) rates for \(groupCount) groups", place: "peak rates",
        remedy: "Give one rate, or one for each group.")
    }
    rates =
      plan.peakRates.count == 1
      ? Array(repeating: plan.peakRates[0], count: groupCount) : plan.peakRates
  }

  /// A forward pass over the samples, its gradients, and a step of the optimiser. Throws `badData`
  /// when shapes or indices do not fit.
  package func train(
    on samples: ArraySlice<UInt32>, _ settings: StepSettings
  ) throws(TrainingError) -> Float {
    let pass = ForwardPass(isTraining: true)
    do throws(TensorError) {
      // The loss's number is copied out, so that nothing shares the parameters' memory when they move.
      let loss = try trainingLoss(samples, pass)
      try pass.computeGradients(of: loss)
      optimizer.step(rates: rates.map { $0 * settings.rateShare }, momentum: settings.momentum)
      return loss.value.number
    } catch {
      throw TrainingError(error)
    }
  }

  /// Lets the owner know.
  package func prepareForValidation() { willValidate() }

  /// A forward pass that records nothing. Throws `badData` when shapes or indices do not fit.
  package func validationLoss(of samples: Range<Int>) throws(TrainingError) -> Float {
    do throws(TensorError) {
      return try heldOutLoss(samples, ForwardPass(isTraining: false)).value.number
    } catch {
      throw TrainingError(error)
    }
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// A model's shapes or indices that do not fit its data.
  init(_ error: TensorError) {
    self.init(.badData, error.problem, place: error.place, remedy: error.remedy)
  }
}
