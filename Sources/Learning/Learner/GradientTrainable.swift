import Errors

/// A model that ``Learner`` can train by gradient descent. It numbers its samples, takes a step on a batch of them, and
/// computes the loss on held-out ones. The learner decides the order and the schedule.
package protocol GradientTrainable: Trainable {
  /// The number of training samples, which are indexed from 0.
  var trainingCount: Int { get }
  /// The number of held-out samples, indexed from 0; 0 if there is no validation.
  var validationCount: Int { get }
  /// The number of parameter groups, each of which may have its own rate.
  var groupCount: Int { get }
  /// A mean epoch loss that healthy training never exceeds, such as twice that of an untrained model; nil if there is
  /// none.
  var lossBound: Double? { get }
  /// See ``Optimizer/rateLimit``.
  var rateLimit: Double { get }

  /// Prepares for the steps of `plan` after the first `stepsTaken`. Called before the first step and again when rates
  /// change during training.
  func prepare(for plan: RatePlan, stepsTaken: Int) throws(TrainingError)

  /// Trains on a batch and returns its mean loss before the step.
  func train(
    on samples: ArraySlice<UInt32>, _ step: GradientStep
  ) throws(TrainingError) -> Float

  /// Called once before the batches of each validation.
  func prepareForValidation() throws(TrainingError)

  /// Returns the mean loss over the held-out samples with these indices, without training.
  func validationLoss(of samples: Range<Int>) throws(TrainingError) -> Float

  /// The metrics over all samples since ``prepareForValidation()``.
  var metricValues: [MetricValue] { get }
}

extension GradientTrainable {
  package var groupCount: Int { 1 }
  package var lossBound: Double? { nil }
  package var rateLimit: Double { .infinity }
  package var metricValues: [MetricValue] { [] }

  /// Does nothing.
  package func prepare(for plan: RatePlan, stepsTaken: Int) throws(TrainingError) {}
}
