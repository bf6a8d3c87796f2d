import Errors
package import Layers
package import TensorCore

/// Trains modules through the tape and an ``Optimizer``: the general way, for models whose step is not
/// written by hand.
///
///     let training = ModuleTraining(
///       network, optimizer: AdamW([ParameterGroup("all", of: network)], options: AdamW.Options()),
///       loss: .crossEntropy(), trainingCount: 1000, validationCount: 200,
///       trainingBatch: { samples, pass in ... }, heldOutBatch: { samples, pass in ... })
///     let history = try Learner(training, batchSize: 64, order: .shuffled(seed: 0))
///       .fit(epochCount: 5, peakRates: [1e-3])
package final class ModuleTraining: GradientTrainable {
  /// The outputs of a module for some samples, and their targets, as the loss takes them.
  package typealias Batch = (outputs: Variable, targets: Tensor)
  /// Of the training samples with the given numbers, computed in a pass.
  package typealias TrainingBatch =
    (ArraySlice<UInt32>, ForwardPass) throws(TensorError) -> Batch
  /// Of held-out samples, which come in the order of their numbers.
  package typealias HeldOutBatch = (Range<Int>, ForwardPass) throws(TensorError) -> Batch

  /// How steps are taken, besides what the optimiser does.
  package struct Options {
    /// Before a step; nil leaves gradients as they are.
    package var clipping: GradientClipping?
    /// The samples of a micro-batch: a step over more accumulates the gradients of its micro-batches, to
    /// the mean over all samples. Batch norm sees each micro-batch alone. nil computes each batch at once.
    package var microBatchSize: Int?
    /// The threads of steps and validation, and the precision of layers that support several. Parameters
    /// and the optimiser's state stay in single precision. See ``Precision/available``.
    package var context = ComputeContext.current
    /// What the random numbers of layers such as dropout follow from.
    package var seed: UInt64 = 0
    /// See ``GradientTrainable/lossBound``.
    package var lossBound: Double?
    /// Gathered in each validation.
    package var metrics: [any ValidationMetric] = []

    package init() {}
  }

  /// What is trained: its parameters and buffers are what a saved state holds.
  package let module: any Module
  package let optimizer: any Optimizer
  package let loss: LossFunction
  package let trainingCount: Int
  package let validationCount: Int
  private let options: Options
  private let trainingBatch: TrainingBatch
  private let willValidate: () -> Void
  private let heldOutBatch: HeldOutBatch
  private var metrics: [any ValidationMetric]
  /// The steps ever taken, the one that is being taken among them: each has a random stream of its own.
  package private(set) var stepsTaken = 0

  /// Which random stream of the seed belongs to the first step; steps count up from there, far from
  /// the numbers of other purposes.
  private static let firstStream: UInt64 = 1 << 33

  /// - Parameters:
  ///   - optimizer: Holds the parameters to be trained.
  ///   - trainingBatch: Outputs and targets of training samples.
  ///   - willValidate: Called before each validation.
  ///   - heldOutBatch: Outputs and targets of held-out samples.
  package init(
    _ module: any Module, optimizer: any Optimizer, loss: LossFunction,
    options: Options = Options(), trainingCount: Int, validationCount: Int = 0,
    trainingBatch: @escaping TrainingBatch, willValidate: @escaping () -> Void = {},
    heldOutBatch: @escaping HeldOutBatch
  ) {
    precondition(options.microBatchSize ?? 1 > 0, "no samples at a time")
    self.module = module
    self.optimizer = optimizer
    self.loss = loss
    self.options = options
    self.trainingCount = trainingCount
    self.validationCount = validationCount
    self.trainingBatch = trainingBatch
    self.willValidate = willValidate
    self.heldOutBatch = heldOutBatch
    metrics = options.metrics
  }

  package var groupCount: Int { optimizer.groups.count }
  package var lossBound: Double? { options.lossBound }
  package var rateLimit: Double { optimizer.rateLimit }
  package var metricValues: [MetricValue] { metrics.map(\.current) }

  /// Forward passes over the samples, their gradients, and a step of the optimiser. Throws `badData`
  /// when shapes or indices do not fit.
  package func train(
    on samples: ArraySlice<UInt32>, _ step: GradientStep
  ) throws(TrainingError) -> Float {
    var random = RandomStream(
      seed: options.seed, stream: Self.firstStream + UInt64(stepsTaken))
    stepsTaken += 1
    let microBatchSize = options.microBatchSize ?? samples.count
    var mean = 0.0
    // What the samples weigh, where they don't weigh the same: known when all were seen.
    var weight = 0.0
    do throws(TensorError) {
      for start in stride(from: samples.startIndex, to: samples.endIndex, by: microBatchSize) {
        let microBatch = samples[start..<min(start + microBatchSize, samples.endIndex)]
        let part = try computeGradients(
          microBatch, of: samples.count, isFirst: start == samples.startIndex, &random)
        mean += Double(part.loss)
        weight += part.weight
      }
    } catch {
      throw TrainingError(error)
    }
    if microBatchSize < samples.count, loss.weight != nil {
      let factor = Double(samples.count) / weight
      mean *= factor
      optimizer.groups.flatMap(\.parameters).changeGradients { $0 * Float(factor) }
    }
    options.context.bind {
      options.clipping?.clip(optimizer.groups.flatMap(\.parameters))
      optimizer.step(rates: step.rates, momentum: step.momentum)
    }
    return Float(mean)
  }

  /// Sets or adds the gradients of the mean loss of some samples, times what they weigh over how many the batch has,
  /// and returns that, and what they weigh.
  private func computeGradients(
    _ samples: ArraySlice<UInt32>, of count: Int, isFirst: Bool, _ random: inout RandomStream
  ) throws(TensorError) -> (loss: Float, weight: Double) {
    let pass = ForwardPass(
      isTraining: true, random: random, context: options.context)
    let batch = try trainingBatch(samples, pass)
    var mean = try loss(batch.outputs, batch.targets, on: pass.tape)
    var weight = Double(samples.count)
    if samples.count < count {
      if let own = loss.weight { weight = try own(batch.targets) }
      mean = try pass.tape.multiply(
        mean, Variable(Tensor(Float(weight) / Float(count))))
    }
    // The number is copied out, so that nothing shares the parameters' memory when they move.
    let number = mean.value.number
    try pass.computeGradients(of: mean, adding: !isFirst)
    random = pass.random
    return (number, weight)
  }

  /// Calls the owner's hook and resets the metrics.
  package func prepareForValidation() {
    metrics = options.metrics
    willValidate()
  }

  /// A forward pass that records nothing. Throws `badData` when shapes or indices do not fit.
  package func validationLoss(of samples: Range<Int>) throws(TrainingError) -> Float {
    do throws(TensorError) {
      let pass = ForwardPass(isTraining: false, context: options.context)
      let batch = try heldOutBatch(samples, pass)
      for position in metrics.indices {
        try metrics[position].add(outputs: batch.outputs.value, targets: batch.targets)
      }
      return try loss(batch.outputs, batch.targets, on: pass.tape).value.number
    } catch {
      throw TrainingError(error)
    }
  }

  /// The predictions for all held-out samples, by the loss's own activation, a tensor for each
  /// `batchSize` of them, in order. Throws `badData` when shapes or indices do not fit.
  package func predictions(batchSize: Int) throws(TrainingError) -> [Tensor] {
    precondition(batchSize > 0, "batches of \(batchSize)")
    var predictions: [Tensor] = []
    willValidate()
    do throws(TensorError) {
      for start in stride(from: 0, to: validationCount, by: batchSize) {
        let samples = start..<min(start + batchSize, validationCount)
        let batch = try heldOutBatch(
          samples, ForwardPass(isTraining: false, context: options.context))
        predictions.append(try loss.predictions(of: batch.outputs.value))
      }
    } catch {
      throw TrainingError(error)
    }
    return predictions
  }
}

extension ModuleTraining {
  /// Parameters and buffers under their full names; the optimiser's state of each parameter that was
  /// ever moved; the steps taken, from which the random state follows.
  package func state() -> SavedState {
    var state = SavedState()
    state.add(weights(), under: "weights")
    state.texts["steps"] = "\(stepsTaken)"
    for (name, parameter) in module.namedParameters() {
      guard let kept = optimizer.state(of: parameter) else { continue }
      state.texts["optimizer.\(name).step"] = "\(kept.step)"
      for (number, average) in kept.averages.enumerated() {
        state.add("optimizer.\(name).\(number)", average)
      }
    }
    return state
  }

  /// Restores what ``state()`` returned. Throws `badState` when names or shapes differ.
  package func restore(_ state: SavedState) throws(TrainingError) {
    try restoreWeights(state.part("weights"))
    stepsTaken = try state.value("steps")
    guard stepsTaken >= 0 else { throw .badState("\(stepsTaken) steps") }
    for (name, parameter) in module.namedParameters() {
      guard state.texts["optimizer.\(name).step"] != nil else {
        optimizer.setState(nil, of: parameter)
        continue
      }
      var averages: [Tensor] = []
      for number in 0..<optimizer.averageCount {
        averages.append(
          try state.tensor("optimizer.\(name).\(number)", parameter.value.shape))
      }
      optimizer.setState(
        ParameterState(
          step: try state.value("optimizer.\(name).step"), averages: averages), of: parameter)
    }
  }

  /// Parameters and buffers under their full names.
  package func weights() -> SavedState {
    var state = SavedState()
    for (name, tensor) in module.namedState() { state.add(name, tensor.value) }
    return state
  }

  /// Restores what ``weights()`` returned. Throws `badState` when names or shapes differ.
  package func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    for (name, tensor) in module.namedState() {
      tensor.value = try weights.tensor(name, tensor.value.shape, tensor.value.elementType)
    }
    for (_, parameter) in module.namedParameters() { parameter.gradient = nil }
  }
}

extension ModuleTraining {
  /// Freezes the groups before `position` and trains the others; a negative position counts from the
  /// end. Normalisation layers of frozen groups still learn, as in fastai, running statistics included.
  /// Clears what the optimiser keeps, step counts included.
  ///
  /// Throws `badOption` when there is no such position.
  package func freeze(to position: Int) throws(TrainingError) {
    let count = optimizer.groups.count
    let first = position < 0 ? count + position : position
    guard (0...count).contains(first) else {
      throw TrainingError(
        .badOption, "the model has \(count) parameter groups, and no position \(position)",
        place: "freeze", remedy: "Give a position from \(-count) to \(count).")
    }
    for (number, group) in optimizer.groups.enumerated() { group.setFrozen(number < first) }
    optimizer.clearState()
  }

  /// Freezes all groups but the last. Throws `badOption` when there is no other.
  package func freeze() throws(TrainingError) {
    guard optimizer.groups.count > 1 else {
      throw TrainingError(
        .badOption, "the model has one parameter group, and nothing to freeze but all of it",
        place: "freeze", remedy: "Split its parameters into groups, or train all of them.")
    }
    try freeze(to: -1)
  }

  /// Trains all groups. Clears what the optimiser keeps, step counts included.
  package func unfreeze() {
    for group in optimizer.groups { group.setFrozen(false) }
    optimizer.clearState()
  }
}

extension Learner<ModuleTraining> {
  /// Trains the last group alone for `freezeEpochCount`, then all for `epochCount`, the first groups
  /// at a hundredth of the last one's rate: fastai's `fine_tune`. Returns both histories.
  ///
  /// Throws as ``fit(epochCount:peakRates:schedule:)`` does, and `badOption` with one group.
  package func fineTune(
    epochCount: Int, baseRate: Double = 2e-3, freezeEpochCount: Int = 1
  ) throws(TrainingError) -> (frozen: TrainingHistory, whole: TrainingHistory) {
    try model.freeze()
    let frozen = try fit(
      epochCount: freezeEpochCount, peakRates: .mainlyLast(baseRate),
      schedule: OneCycleSchedule(peakPosition: 0.99))
    model.unfreeze()
    let whole = try fit(
      epochCount: epochCount, peakRates: .spread(from: baseRate / 200, to: baseRate / 2),
      schedule: OneCycleSchedule(peakPosition: 0.3, initialDivisor: 5))
    return (frozen, whole)
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// A model's shapes or indices that do not fit its data.
  init(_ error: TensorError) {
    self.init(.badData, error.problem, place: error.place, remedy: error.remedy)
  }
}
