import Errors

/// What ``Learner`` can train by gradient descent: samples that go by number, a step over some of them,
/// and a loss over those that are held out. The learner decides the order and the schedule.
package protocol GradientTrainable: Trainable {
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
  func prepare(for plan: RatePlan, stepsTaken: Int) throws(TrainingError)

  /// Learns from a batch and returns its mean loss before the step.
  func train(
    on samples: ArraySlice<UInt32>, _ step: GradientStep
  ) throws(TrainingError) -> Float

  /// Called once before the batches of each validation.
  func prepareForValidation() throws(TrainingError)

  /// The mean loss over the held-out samples with these numbers. Learns nothing.
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
