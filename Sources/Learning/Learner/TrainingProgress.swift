/// Where a training stands after a step.
package struct TrainingProgress: Sendable {
  /// The epoch, from 1, and how many there are.
  package let epoch: Int
  package let epochCount: Int
  /// The step, from 1 through the whole training, and how many there are.
  package let step: Int
  package let stepCount: Int
  /// The loss of the step's batch.
  package let batchLoss: Float
  /// The exponential mean of the batches' losses (see ``LossAverage``).
  package let trainingLoss: Double
  /// The rate of the last parameter group, and the momentum.
  package let rate: Double
  package let momentum: Double
  /// The wall-clock seconds since the first step began.
  package let elapsed: Duration

  package init(
    epoch: Int, epochCount: Int, step: Int, stepCount: Int, batchLoss: Float, trainingLoss: Double,
    rate: Double, momentum: Double, elapsed: Duration
  ) {
    self.epoch = epoch
    self.epochCount = epochCount
    self.step = step
    self.stepCount = stepCount
    self.batchLoss = batchLoss
    self.trainingLoss = trainingLoss
    self.rate = rate
    self.momentum = momentum
    self.elapsed = elapsed
  }

  /// How much longer it will take if it goes on like this.
  package var remaining: Duration {
    step == 0 ? .zero : elapsed * (Double(stepCount - step) / Double(step))
  }
}

/// What an epoch came to.
package struct EpochRecord: Sendable, Equatable, Codable {
  /// The epoch, from 1.
  package let epoch: Int
  /// The exponential mean of the batches' losses at its end, over the whole training.
  package let trainingLoss: Double
  /// The mean loss over the held-out samples, each weighing the same; nil without any.
  package let validationLoss: Double?
  /// The metrics over the held-out samples, in the order in which they were asked for.
  package let metrics: [MetricValue]
  /// The wall-clock time since the training began.
  package let elapsed: Duration

  package init(
    epoch: Int, trainingLoss: Double, validationLoss: Double?, metrics: [MetricValue] = [],
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
