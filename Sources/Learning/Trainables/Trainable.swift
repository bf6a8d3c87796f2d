import Errors

/// What a ``Learner`` can train: samples that go by number, a step over some of them, and a loss over
/// those that are held out. The learner decides the order, the schedule and when to stop.
package protocol GradientTrainable: AnyObject {
  /// The samples to train on, numbered from 0.
  var trainingCount: Int { get }
  /// The samples held out, numbered from 0; 0 when there is nothing to validate on.
  var validationCount: Int { get }
  /// The groups of parameters that may have rates of their own.
  var groupCount: Int { get }
  /// A mean loss over an epoch that training done right never exceeds, such as twice that of a model
  /// that has learned nothing; nil when there is none.
  var lossBound: Double? { get }
  /// See ``Optimizer/rateLimit``.
  var rateLimit: Double { get }

  /// Gets ready for the steps of `plan` after its first `stepsTaken`. Called before the first, and
  /// again when rates change on the way.
  func prepare(for plan: TrainingPlan, stepsTaken: Int) throws(TrainingError)

  /// Learns from a batch and returns its mean loss before the step.
  func train(
    on samples: ArraySlice<UInt32>, _ settings: GradientStep
  ) throws(TrainingError) -> Float

  /// Called once before the batches of each validation.
  func prepareForValidation() throws(TrainingError)

  /// The mean loss over the held-out samples with these numbers. Learns nothing.
  func validationLoss(of samples: Range<Int>) throws(TrainingError) -> Float

  /// The metrics over all samples since ``prepareForValidation()``.
  var metricValues: [MetricValue] { get }

  /// All that the steps to come depend on: weights, buffers, what the optimiser keeps, random state.
  func state() -> SavedState

  /// Goes on from a state of the same model. Throws `badState` when it is another's.
  func restore(_ state: SavedState) throws(TrainingError)

  /// What predictions depend on: weights and buffers, as they stand.
  func weights() throws(TrainingError) -> SavedState

  /// Takes up weights of the same model. Throws `badState` when they are another's.
  func restoreWeights(_ weights: SavedState) throws(TrainingError)
}

extension GradientTrainable {
  package var groupCount: Int { 1 }
  package var lossBound: Double? { nil }
  package var rateLimit: Double { .infinity }
  package var metricValues: [MetricValue] { [] }
}
