import Errors

/// A training that ``TrainingLoop`` runs: epochs of steps, each epoch one pass over the training data.
///
/// Mini-batches of gradient descent are one kind, which ``Learner`` runs. Others have no learning rate:
/// an epoch of theirs is a sweep of alternating least squares, or a sample of a Gibbs sampler.
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
  /// How much there is to do.
  var plan: TrainingPlan { get }
  /// In words, everything besides the data that decides the result: a checkpoint is only resumed by a
  /// training with the same.
  var summary: String { get }

  /// Gets ready for the steps after the first `stepsTaken`. Called once, before the first of them.
  func prepare(stepsTaken: Int) throws(TrainingError)

  /// Takes a step, the smallest part after which the training can be stopped and resumed. Steps are
  /// numbered from 1 through the whole training.
  func takeStep(_ number: Int) throws(TrainingError) -> StepResult

  /// Called after the last step of an epoch, numbered from 1: its losses and metrics.
  func evaluate(epoch: Int) throws(TrainingError) -> EpochResult

  /// Multiplies the learning rates of all epochs after `epoch`. Only called when the plan has rates.
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

/// How much a training will do, known before its first step.
package struct TrainingPlan: Sendable {
  package let epochCount: Int
  package let stepsPerEpoch: Int
  /// What people call one of its epochs: `epoch`, `sweep`, `sample`.
  package let epochName: String
  /// The first epochs, which only find to where the others are: none of them is the best, and training does
  /// not end early for them.
  package let warmUp: Int
  /// How many samples are held out; 0 when there is no validation.
  package let validationCount: Int
  /// The learning rates of gradient descent; nil for a training without.
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

  /// The steps of the whole training.
  package var stepCount: Int { epochCount * stepsPerEpoch }
}

/// What a step came to.
package struct StepResult: Sendable {
  /// The loss of the step alone; nil when it has none.
  package let loss: Float?
  /// The training loss so far, smoothed over steps; nil when it is only known after an epoch.
  package let trainingLoss: Double?
  /// Rate and momentum of a step of gradient descent; nil for any other.
  package let gradientStep: GradientStep?

  package init(
    loss: Float? = nil, trainingLoss: Double? = nil, gradientStep: GradientStep? = nil
  ) {
    self.loss = loss
    self.trainingLoss = trainingLoss
    self.gradientStep = gradientStep
  }
}

/// What an epoch came to.
package struct EpochResult: Sendable {
  /// nil when a training does not compute it.
  package let trainingLoss: Double?
  /// The mean loss over the held-out samples; nil without any.
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
