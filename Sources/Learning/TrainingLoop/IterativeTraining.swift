import Errors

/// A training that ``TrainingLoop`` can run: epochs of steps, each epoch one pass over the training data.
///
/// Mini-batch gradient descent is one kind, run by ``Learner``. Others have no learning rate: their epochs are sweeps
/// of alternating least squares, or samples of a Gibbs sampler.
///
///     final class AlternatingLeastSquares: IterativeTraining {
///       let plan = TrainingPlan(epochCount: 10, stepsPerEpoch: 2, epochName: "sweep")
///       func takeStep(_ number: Int) -> StepResult {
///         if number % 2 == 1 { solveUsers() } else { solveItems() }
///         return StepResult()
///       }
///       ...
///     }
///     let history = try TrainingLoop(callbacks: [CSVLog("sweeps.csv")]).run(model)
package protocol IterativeTraining: Stateful {
  /// The amount of work.
  var plan: TrainingPlan { get }
  /// A description of everything besides the data that determines the result. A checkpoint can only be resumed by a
  /// training with the same summary.
  var summary: String { get }

  /// Prepares for the steps after the first `stepsTaken`. Called once, before the first of them.
  func prepare(stepsTaken: Int) throws(TrainingError)

  /// Takes a step, the smallest unit after which training can be stopped and resumed. Steps are numbered from 1 across
  /// the whole training.
  func takeStep(_ number: Int) throws(TrainingError) -> StepResult

  /// Returns the losses and metrics of an epoch, numbered from 1. Called after its last step.
  func evaluate(epoch: Int) throws(TrainingError) -> EpochResult

  /// Multiplies the learning rates of all epochs after `epoch`. Called only if the plan has rates.
  func multiplyRates(by factor: Double, after epoch: Int) throws(TrainingError)
}

extension IterativeTraining {
  /// Does nothing.
  package func prepare(stepsTaken: Int) throws(TrainingError) {}

  /// Traps: there are no learning rates.
  package func multiplyRates(by factor: Double, after epoch: Int) throws(TrainingError) {
    preconditionFailure("a training without learning rates cannot change them")
  }
}

/// The amount of work in a training, known before its first step.
package struct TrainingPlan: Sendable {
  package let epochCount: Int
  package let stepsPerEpoch: Int
  /// The user-facing name of an epoch: `epoch`, `sweep`, `sample`.
  package let epochName: String
  /// The number of initial epochs that only approach the range of the others (burn-in). They are never the best and
  /// never end training early.
  package let warmUp: Int
  /// The number of held-out samples; 0 if there is no validation.
  package let validationCount: Int
  /// The learning rates of gradient descent, or nil for other trainings.
  package internal(set) var rates: RatePlan?

  package init(
    epochCount: Int, stepsPerEpoch: Int, epochName: String = "epoch", warmUp: Int = 0,
    validationCount: Int = 0, rates: RatePlan? = nil
  ) {
    self.epochCount = epochCount
    self.stepsPerEpoch = stepsPerEpoch
    self.epochName = epochName
    self.warmUp = warmUp
    self.validationCount = validationCount
    self.rates = rates
  }

  /// The total number of steps.
  package var stepCount: Int { epochCount * stepsPerEpoch }
}

/// The result of a step.
package struct StepResult: Sendable {
  /// The loss of this step alone; nil if it has none.
  package let loss: Float?
  /// The training loss so far, smoothed over steps; nil if it is known only after an epoch.
  package let trainingLoss: Double?
  /// The rate and momentum of a gradient descent step; nil for any other.
  package let gradientStep: GradientStep?

  package init(
    loss: Float? = nil, trainingLoss: Double? = nil, gradientStep: GradientStep? = nil
  ) {
    self.loss = loss
    self.trainingLoss = trainingLoss
    self.gradientStep = gradientStep
  }
}

/// The result of an epoch.
package struct EpochResult: Sendable {
  /// The training loss, or nil if the training does not compute it.
  package let trainingLoss: Double?
  /// The mean loss over the held-out samples; nil if there are none.
  package let validationLoss: Double?
  /// The metrics over the held-out samples.
  package let metrics: [MetricValue]

  package init(
    trainingLoss: Double? = nil, validationLoss: Double? = nil, metrics: [MetricValue] = []
  ) {
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.metrics = metrics
  }
}
