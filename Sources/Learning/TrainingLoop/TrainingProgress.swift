/// Where a training stands after a step.
package struct TrainingProgress: Sendable {
  /// What an epoch is called; the current one, from 1; how many there are.
  package let epochName: String
  package let epoch: Int
  package let epochCount: Int
  /// The step, from 1 through the whole training, and how many there are.
  package let step: Int
  package let stepCount: Int
  package let result: StepResult
  /// The wall-clock time since the first step began.
  package let elapsed: Duration

  package init(
    of plan: TrainingPlan, epoch: Int, step: Int, _ result: StepResult, elapsed: Duration
  ) {
    epochName = plan.epochName
    self.epoch = epoch
    epochCount = plan.epochCount
    self.step = step
    stepCount = plan.stepCount
    self.result = result
    self.elapsed = elapsed
  }

  /// How much longer it will take if it goes on like this.
  package var remaining: Duration {
    step == 0 ? .zero : elapsed * (Double(stepCount - step) / Double(step))
  }
}

/// An epoch in a ``TrainingHistory``.
package struct EpochRecord: Sendable, Equatable, Codable {
  /// The epoch, from 1.
  package let epoch: Int
  /// The training loss at its end; nil when the training does not compute it.
  package let trainingLoss: Double?
  /// The mean loss over the held-out samples; nil without any.
  package let validationLoss: Double?
  /// The metrics over the held-out samples, in the order in which they were asked for.
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

/// What happened in a training, epoch by epoch.
package struct TrainingHistory: Sendable, Equatable, Codable {
  package var epochs: [EpochRecord]

  package init(epochs: [EpochRecord] = []) { self.epochs = epochs }
}
