import Errors

/// Runs a ``GradientTrainable`` in a ``TrainingLoop``: mini-batches in a seeded order at scheduled rates, validation
/// after each epoch, and a stop if the loss diverges.
final class MiniBatchTraining<Model: GradientTrainable>: IterativeTraining {
  private let model: Model
  private let batches: BatchSizes
  private let order: SampleOrder
  /// The number of epochs that earlier trainings have shuffled for.
  private let epochsBefore: Int
  private(set) var plan: TrainingPlan
  private var losses = RunningLosses()
  /// The samples in the order of the current epoch.
  private var shuffled: (epoch: Int, samples: [UInt32]) = (0, [])

  init(
    _ model: Model, _ batches: BatchSizes, _ order: SampleOrder, epochsBefore: Int,
    plan: TrainingPlan
  ) {
    self.model = model
    self.batches = batches
    self.order = order
    self.epochsBefore = epochsBefore
    self.plan = plan
  }

  private var rates: RatePlan {
    guard let rates = plan.rates else { preconditionFailure("mini-batches without rates") }
    return rates
  }

  var summary: String {
    "\(plan.epochCount) epochs of \(plan.stepsPerEpoch) batches, rates up to \(rates.peakRates), "
      + "\(rates.schedule), \(plan.validationCount) held out, samples \(order)"
  }

  func prepare(stepsTaken: Int) throws(TrainingError) {
    try model.prepare(for: rates, stepsTaken: stepsTaken)
  }

  func takeStep(_ number: Int) throws(TrainingError) -> StepResult {
    let (epoch, batch) = (number - 1).quotientAndRemainder(dividingBy: plan.stepsPerEpoch)
    if shuffled.epoch != epoch + 1 {
      let samples = order.samples(model.trainingCount, epoch: epochsBefore + epoch)
      shuffled = (epoch + 1, samples)
    }
    let step = rates.step(number)
    let loss = try model.train(on: shuffled.samples[batches.training(batch)], step)
    guard loss.isFinite else { throw diverged("the loss is \(loss)", epoch + 1, step) }
    losses.add(loss)
    return StepResult(loss: loss, trainingLoss: losses.average.value, gradientStep: step)
  }

  /// Throws `diverged` if the epoch's mean loss exceeds ``GradientTrainable/lossBound``.
  func evaluate(epoch: Int) throws(TrainingError) -> EpochResult {
    let mean = losses.epochSum / Double(plan.stepsPerEpoch)
    if let bound = model.lossBound, mean > bound {
      throw diverged(
        "the mean loss is \(Float(mean)), above \(Float(bound)), which even an untrained model "
          + "would hardly reach", epoch, rates.step(epoch * plan.stepsPerEpoch))
    }
    losses.epochSum = 0
    let validationLoss = try validationLoss()
    return EpochResult(
      trainingLoss: losses.average.value, validationLoss: validationLoss,
      metrics: validationLoss == nil ? [] : model.metricValues)
  }

  func multiplyRates(by factor: Double, after epoch: Int) throws(TrainingError) {
    let stepsTaken = epoch * plan.stepsPerEpoch
    plan.rates?.multiplyRates(by: factor, after: stepsTaken)
    try model.prepare(for: rates, stepsTaken: stepsTaken)
  }

  /// Returns the mean loss over the held-out samples, or nil if there are none. Batches, including the last and
  /// possibly shorter one, are weighted by size.
  private func validationLoss() throws(TrainingError) -> Double? {
    let count = model.validationCount
    guard count > 0 else { return nil }
    try model.prepareForValidation()
    var sum = 0.0
    for start in stride(from: 0, to: count, by: batches.size) {
      let batch = start..<min(start + batches.size, count)
      sum += Double(try model.validationLoss(of: batch)) * Double(batch.count)
    }
    return sum / Double(count)
  }

  private func diverged(_ problem: String, _ epoch: Int, _ step: GradientStep) -> TrainingError {
    let peak = rates.peakRates.max() ?? 0
    return TrainingError(
      .diverged, problem,
      place: "epoch \(epoch) of \(plan.epochCount), step \(step.number), rate \(Float(step.rate))",
      remedy: "Try a tenth of the learning rate: \(Float(peak / 10)) instead of \(Float(peak)).")
  }
}

extension MiniBatchTraining {
  /// Returns the model's state, the running losses and the rate changes.
  func state() -> SavedState {
    var state = model.state()
    let position = MiniBatchPosition(losses: losses, rateChanges: rates.changes)
    state.texts[MiniBatchPosition.name] = encodedExactly(position)
    return state
  }

  func restore(_ state: SavedState) throws(TrainingError) {
    let position = try decodedExactly(
      MiniBatchPosition.self, from: state.value(MiniBatchPosition.name))
    losses = position.losses
    plan.rates?.apply(position.rateChanges)
    try model.restore(state)
  }
}

/// The state of ``MiniBatchTraining`` besides the model's.
struct MiniBatchPosition: Codable {
  /// Its key among the model's texts.
  static let name = "mini-batches"

  let losses: RunningLosses
  let rateChanges: [RateChange]
}

/// The losses of the batches so far.
struct RunningLosses: Codable {
  /// The sum over the current epoch.
  var epochSum = 0.0
  /// The training loss shown to the user.
  var average = LossAverage()

  mutating func add(_ loss: Float) {
    epochSum += Double(loss)
    average.add(loss)
  }
}

/// A bias-corrected exponential moving average of losses, the training loss that fastai shows.
package struct LossAverage: Sendable, Equatable, Codable {
  private let memory: Double
  private var sum = 0.0
  /// `memory` to the power of the number of losses: the remaining weight of the initial 0.
  private var startWeight = 1.0

  /// Creates an average in which each loss weighs `memory` times as much as the next.
  package init(memory: Double = 0.98) { self.memory = memory }

  /// Adds the next loss.
  package mutating func add(_ loss: Float) {
    sum = memory * sum + (1 - memory) * Double(loss)
    startWeight *= memory
  }

  /// The current average; NaN before the first loss.
  package var value: Double { sum / (1 - startWeight) }
}
