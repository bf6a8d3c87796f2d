/// The position of a training after a step.
package struct TrainingProgress: Sendable {
  /// The amount of work.
  package let plan: TrainingPlan
  /// The epoch, counted from 1.
  package let epoch: Int
  /// The step, counted from 1 across the whole training.
  package let step: Int
  package let result: StepResult
  /// The wall-clock time since the first step began.
  package let elapsed: Duration

  package init(
    of plan: TrainingPlan, epoch: Int, step: Int, _ result: StepResult, elapsed: Duration
  ) {
    self.plan = plan
    self.epoch = epoch
    self.step = step
    self.result = result
    self.elapsed = elapsed
  }

  /// The share of steps completed.
  package var share: Double { Double(step) / Double(plan.stepCount) }

  /// The estimated time remaining at the current pace.
  package var remaining: Duration {
    step == 0 ? .zero : elapsed * (Double(plan.stepCount - step) / Double(step))
  }
}

/// An epoch in a ``TrainingHistory``.
package struct EpochRecord: Sendable, Equatable, Codable {
  /// The epoch, counted from 1.
  package let epoch: Int
  /// The training loss at its end; nil if the training does not compute it.
  package let trainingLoss: Double?
  /// The mean loss over the held-out samples; nil if there are none.
  package let validationLoss: Double?
  /// The metrics over the held-out samples, in the order requested.
  package let metrics: [MetricValue]
  /// The wall-clock time since the training began.
  package let elapsed: Duration

  package init(
    epoch: Int, trainingLoss: Double?, validationLoss: Double?, metrics: [MetricValue] = [],
    elapsed: Duration
  ) {
    self.epoch = epoch
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.metrics = metrics
    self.elapsed = elapsed
  }
}

/// The history of a training, epoch by epoch.
package struct TrainingHistory: Sendable, Equatable, Codable {
  package var epochs: [EpochRecord]

  package init(epochs: [EpochRecord] = []) { self.epochs = epochs }
}
