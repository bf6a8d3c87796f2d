/// What a ``Learner`` can train: samples that go by number, a step over some of them, and a loss over
/// those that are held out. The learner decides the order, the schedule and when to stop.
package protocol Trainable: AnyObject {
  /// The samples to train on, numbered from 0.
  var trainingCount: Int { get }
  /// The samples held out, numbered from 0; 0 when there is nothing to validate on.
  var validationCount: Int { get }
  /// A mean loss over an epoch that training done right never exceeds, such as twice that of a model
  /// that has learned nothing; nil when there is none.
  var lossBound: Double? { get }

  /// Gets ready for the steps of `plan`.
  func prepare(for plan: TrainingPlan) throws(TrainingError)

  /// Learns from a batch and returns its mean loss before the step.
  func train(
    on samples: ArraySlice<UInt32>, _ settings: StepSettings
  ) throws(TrainingError) -> Float

  /// Called once before the batches of each validation.
  func prepareForValidation() throws(TrainingError)

  /// The mean loss over the held-out samples with these numbers. Learns nothing.
  func validationLoss(of samples: Range<Int>) throws(TrainingError) -> Float
}

extension Trainable {
  package var lossBound: Double? { nil }
}
