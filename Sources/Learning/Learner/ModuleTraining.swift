import Errors
package import Layers
package import TensorCore

/// Trains modules using automatic differentiation and an ``Optimizer``, for models without a hand-written step.
///
///     let training = ModuleTraining(
///       network, optimizer: AdamW([ParameterGroup("all", of: network)], options: AdamW.Options()),
///       loss: .crossEntropy(), trainingCount: 1000, validationCount: 200,
///       trainingBatch: { samples, pass in ... }, heldOutBatch: { samples, pass in ... })
///     let history = try Learner(training, batchSize: 64, order: .shuffled(seed: 0))
///       .fit(epochCount: 5, peakRates: [1e-3])
package final class ModuleTraining: GradientTrainable {
  /// The outputs of a module for some samples, and the targets in the form the loss expects.
  package typealias Batch = (outputs: Variable, targets: Tensor)
  /// Computes the batch of the training samples with the given indices.
  package typealias TrainingBatch =
    (ArraySlice<UInt32>, ForwardPass) throws(TensorError) -> Batch
  /// Computes the batch of a range of held-out samples; ranges arrive in order.
  package typealias HeldOutBatch = (Range<Int>, ForwardPass) throws(TensorError) -> Batch

  /// Options for steps, besides those of the optimiser.
  package struct Options {
    /// Gradient clipping applied before each step; nil for none.
    package var clipping: GradientClipping?
    /// The number of samples per micro-batch; nil computes each batch at once. Larger steps accumulate gradients over
    /// micro-batches to the mean over all samples. Batch norm sees each micro-batch separately.
    package var microBatchSize: Int?
    /// The threads for steps and validation, and the precision of layers that support several. Parameters and optimiser
    /// state remain in single precision. See ``Precision/available``.
    package var context = ComputeContext.current
    /// The seed for the random numbers of layers such as dropout.
    package var seed: UInt64 = 0
    /// See ``GradientTrainable/lossBound``.
    package var lossBound: Double?
    /// The metrics computed in each validation.
    package var metrics: [any ValidationMetric] = []

    package init() {}
  }

  /// The module being trained. Its parameters and buffers make up the saved state.
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
  /// The total number of steps, including the current one. Each has its own random stream.
  package private(set) var stepsTaken = 0

  /// The random stream of the first step. Steps count up from it, far from the stream numbers used elsewhere.
  private static let firstStream: UInt64 = 1 << 33

  /// - Parameters:
  ///   - optimizer: Holds the parameters to train.
  ///   - trainingBatch: Returns outputs and targets of training samples.
  ///   - willValidate: Called before each validation.
  ///   - heldOutBatch: Returns outputs and targets of held-out samples.
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

  /// Runs forward and backward passes over the samples, then takes an optimiser step. Throws `badData` if shapes or
  /// indices do not match.
  package func train(
    on samples: ArraySlice<UInt32>, _ step: GradientStep
  ) throws(TrainingError) -> Float {
    var random = RandomStream(
      seed: options.seed, stream: Self.firstStream + UInt64(stepsTaken))
    stepsTaken += 1
    let microBatchSize = options.microBatchSize ?? samples.count
    var mean = 0.0
    // The total weight of the samples, known only at the end if weights differ.
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

  /// Sets or accumulates the gradients of the mean loss of some samples, scaled by their weight over the batch's sample
  /// count. Returns the scaled loss and the weight.
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
    // The value is copied so that nothing shares the parameters' memory when they are updated.
    let number = mean.value.number
    try pass.computeGradients(of: mean, adding: !isFirst)
    random = pass.random
    return (number, weight)
  }

  /// Resets the metrics and calls the owner's hook.
  package func prepareForValidation() {
    metrics = options.metrics
    willValidate()
  }

  /// Runs a forward pass without recording. Throws `badData` if shapes or indices do not match.
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

  /// Returns the predictions for all held-out samples in order, one tensor per `batchSize` samples, with the loss's
  /// activation applied. Throws `badData` if shapes or indices do not match.
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
  /// Returns the parameters and buffers by full name, the optimiser state of every parameter updated so far, and the
  /// step count, which determines the random state.
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

  /// Restores what ``state()`` returned. Throws `badState` if names or shapes differ.
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

  /// Returns the parameters and buffers by full name.
  package func weights() -> SavedState {
    var state = SavedState()
    for (name, tensor) in module.namedState() { state.add(name, tensor.value) }
    return state
  }

  /// Restores what ``weights()`` returned. Throws `badState` if names or shapes differ.
  package func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    for (name, tensor) in module.namedState() {
      tensor.value = try weights.tensor(name, tensor.value.shape, tensor.value.elementType)
    }
    for (_, parameter) in module.namedParameters() { parameter.gradient = nil }
  }
}

extension ModuleTraining {
  /// Freezes the groups before `position` and trains the others. A negative position counts from the end. As in fastai,
  /// normalisation layers of frozen groups keep training, including their running statistics. Clears the optimiser
  /// state, including step counts.
  ///
  /// Throws `badOption` if the position is out of range.
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

  /// Freezes all groups but the last. Throws `badOption` if there is only one.
  package func freeze() throws(TrainingError) {
    guard optimizer.groups.count > 1 else {
      throw TrainingError(
        .badOption, "the model has only one parameter group, so all of it would be frozen",
        place: "freeze", remedy: "Split its parameters into groups, or train all of them.")
    }
    try freeze(to: -1)
  }

  /// Unfreezes all groups. Clears the optimiser state, including step counts.
  package func unfreeze() {
    for group in optimizer.groups { group.setFrozen(false) }
    optimizer.clearState()
  }
}

extension Learner<ModuleTraining> {
  /// Fine-tunes the model (fastai's `fine_tune`) and returns both histories. Trains the last group alone for
  /// `freezeEpochCount` epochs, then all groups for `epochCount`, the first at a hundredth of the last one's rate.
  ///
  /// Throws what ``fit(epochCount:peakRates:schedule:)`` throws, and `badOption` if there is only one group.
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
  /// Converts an error of shapes or indices that do not match the data.
  init(_ error: TensorError) {
    self.init(.badData, error.problem, place: error.place, remedy: error.remedy)
  }
}
