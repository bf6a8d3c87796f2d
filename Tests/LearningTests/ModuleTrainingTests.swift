import Errors
import Foundation
import Layers
import Learning
import TensorCore
import Testing

@Suite struct ModuleTrainingTests {
  private let problem = ProductProblem()

  @Test func perceptronLearnsToMultiply() throws {
    func history() throws -> TrainingHistory {
      let training = problem.training(of: Perceptron(seed: 5))
      return try Learner(training, batchSize: 20, order: .shuffled(seed: 6))
        .fit(epochCount: 60, peakRates: [0.02])
    }
    let first = try history()
    #expect((first.epochs.last?.validationLoss ?? 1) < 0.01)
    #expect(try history().losses == first.losses)
  }

  @Test func metricsAreOverTheWholeSet() throws {
    var options = ModuleTraining.Options()
    options.metrics = [MeanMetric.rmse, R2Score()]
    let training = problem.training(of: Perceptron(seed: 5), options: options)
    let history = try Learner(training, batchSize: 20, order: .shuffled(seed: 6))
      .fit(epochCount: 3, peakRates: [0.02])
    for epoch in history.epochs {
      #expect(epoch.metrics.map(\.name) == ["rmse", "r2"])
      let rmse = epoch.metrics[0].value
      #expect(abs(rmse * rmse - (epoch.validationLoss ?? 0)) < 1e-6)
    }
  }

  @Test(arguments: [5, 7, 20, 64]) func partsOfAStepMakeTheWhole(_ microBatchSize: Int) throws {
    func network(_ microBatchSize: Int?) throws -> [Float] {
      var options = ModuleTraining.Options()
      options.microBatchSize = microBatchSize
      let network = Perceptron(seed: 5)
      _ = try Learner(
        problem.training(of: network, options: options) { SGD($0) }, batchSize: 20,
        order: .shuffled(seed: 6)
      ).fit(epochCount: 2, peakRates: [0.1], schedule: ConstantSchedule())
      return network.namedParameters().flatMap { $0.parameter.value.elements() }
    }
    let (parts, whole) = (try network(microBatchSize), try network(nil))
    #expect(agree(parts, whole, within: 1e-5))
  }

  /// With class weights, each micro-batch counts by the sum of its samples' weights.
  @Test(arguments: [1, 3, 6, 7]) func partsCountWhatTheirClassesWeigh(
    _ microBatchSize: Int
  ) throws {
    let (count, classes) = (12, 3)
    let inputs = (0..<count * 4).map { sin(Float($0 * $0)) }
    func trained(_ microBatchSize: Int?) throws -> (weights: [Float], losses: [Double]) {
      var options = ModuleTraining.Options()
      options.microBatchSize = microBatchSize
      var random = RandomStream(seed: 5, stream: 1)
      let network = Linear(inputCount: 4, outputCount: classes, random: &random)
      let training = ModuleTraining(
        network, optimizer: SGD([ParameterGroup("all", of: network)]),
        loss: .crossEntropy(weights: [20, 1, 0.3], smoothing: 0.1), options: options,
        trainingCount: count,
        trainingBatch: { (samples, pass) throws(TensorError) in
          let rows = samples.flatMap { inputs[Int($0) * 4..<Int($0) * 4 + 4] }
          let outputs = try network(Variable(Tensor([samples.count, 4], rows)), in: pass)
          // Most samples belong to the second class.
          let targets = samples.map { $0 % 5 == 0 ? Int32(0) : $0 % 5 == 1 ? 2 : 1 }
          return (outputs, Tensor([samples.count], targets))
        },
        heldOutBatch: { (_, _) throws(TensorError) in fatalError("nothing is held out") })
      let history = try Learner(training, batchSize: count, order: .byNumber)
        .fit(epochCount: 3, peakRates: [0.5], schedule: ConstantSchedule())
      return (
        network.namedParameters().flatMap { $0.parameter.value.elements() },
        history.epochs.compactMap(\.trainingLoss)
      )
    }
    let (parts, whole) = (try trained(microBatchSize), try trained(nil))
    #expect(agree(parts.weights, whole.weights, within: 1e-5))
    #expect(parts.losses.count == 3)
    #expect(zip(parts.losses, whole.losses).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func clippingBoundsTheStep() throws {
    var options = ModuleTraining.Options()
    options.clipping = .globalNorm(1e-3)
    let network = Perceptron(seed: 5)
    let before = network.namedParameters().flatMap { $0.parameter.value.elements() }
    let training = problem.training(of: network, options: options) { SGD($0) }
    _ = try Learner(training, batchSize: 200, order: .byNumber)
      .fit(epochCount: 1, peakRates: [1], schedule: ConstantSchedule())
    let after = network.namedParameters().flatMap { $0.parameter.value.elements() }
    let length = zip(before, after).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    #expect(abs(length - 1e-3) < 1e-5)
  }

  @Test func freezingLeavesGroupsAloneAndClearsState() throws {
    let network = Perceptron(seed: 5)
    let training = problem.training(of: network)
    let learner = Learner(training, batchSize: 20, order: .shuffled(seed: 6))
    let parameters = network.namedParameters().map(\.parameter)
    func fit() throws { _ = try learner.fit(epochCount: 1, peakRates: [0.01]) }

    try fit()
    #expect(parameters.allSatisfy { training.optimizer.state(of: $0)?.step == 10 })
    try learner.model.freeze()
    #expect(parameters.allSatisfy { training.optimizer.state(of: $0) == nil })
    let frozen = parameters[0].value.elements()
    let head = parameters[2].value.elements()
    try fit()
    #expect(parameters[0].value.elements() == frozen && parameters[2].value.elements() != head)
    #expect(training.optimizer.state(of: parameters[0]) == nil)
    #expect(training.optimizer.state(of: parameters[2])?.step == 10)
    learner.model.unfreeze()
    #expect(training.optimizer.state(of: parameters[2]) == nil)
    try fit()
    #expect(parameters[0].value.elements() != frozen)
    try learner.model.freeze(to: 2)
    let whole = network.bits
    try fit()
    #expect(network.bits == whole)
    try learner.model.freeze(to: 0)
    try fit()
    #expect(network.bits != whole)
    #expect(throws: TrainingError.self) { try learner.model.freeze(to: 3) }
    #expect(throws: TrainingError.self) { try learner.model.freeze(to: -3) }
  }

  /// Records the plans.
  private final class Plans: TrainingCallback {
    var plans: [TrainingPlan] = []
    func trainingWillBegin(_ plan: TrainingPlan) { plans.append(plan) }
  }

  @Test func fineTuningIsTwoCycles() throws {
    let plans = Plans()
    let network = Perceptron(seed: 5)
    let learner = Learner(
      problem.training(of: network), batchSize: 20, order: .shuffled(seed: 6), callbacks: [plans])
    let histories = try learner.fineTune(epochCount: 3, baseRate: 4e-3, freezeEpochCount: 2)
    #expect(histories.frozen.epochs.count == 2 && histories.whole.epochs.count == 3)
    try #require(plans.plans.count == 2)
    let frozen = try #require(plans.plans[0].rates)
    let whole = try #require(plans.plans[1].rates)
    #expect(zip(frozen.peakRates, [4e-4, 4e-3]).allSatisfy { abs($0 / $1 - 1) < 1e-12 })
    #expect(zip(whole.peakRates, [2e-5, 2e-3]).allSatisfy { abs($0 / $1 - 1) < 1e-12 })
    #expect(abs(frozen.schedule.rateFactor(at: 0) - 1 / 25) < 1e-12)
    #expect(abs(frozen.schedule.rateFactor(at: 0.99) - 1) < 1e-12)
    #expect(abs(whole.schedule.rateFactor(at: 0) - 1 / 5) < 1e-12)
    #expect(abs(whole.schedule.rateFactor(at: 0.3) - 1) < 1e-12)
    let alone = Learner(
      problem.training(of: network) { groups in
        AdamW([ParameterGroup("all", groups.flatMap(\.parameters))], options: AdamW.Options())
      }, batchSize: 20, order: .byNumber)
    let error = #expect(throws: TrainingError.self) { try alone.fineTune(epochCount: 1) }
    #expect(error?.code == .badOption)
  }

  @Test func predictionsAreThroughTheLosssActivation() throws {
    let network = Perceptron(seed: 5)
    let plain = try problem.training(of: network).predictions(batchSize: 25)
    let likely = try problem.training(of: network, loss: .binaryCrossEntropy())
      .predictions(batchSize: 25)
    #expect(plain.map(\.shape) == [[25, 1], [25, 1], [6, 1]])
    let expected = plain.flatMap { $0.elements() }.map { 1 / (1 + exp(-$0)) }
    #expect(agree(likely.flatMap { $0.elements() }, expected, within: 1e-6))
  }

  @Test func statesOfOtherModelsAreRefused() throws {
    let training = problem.training(of: Perceptron(seed: 5))
    var state = SavedState()
    #expect(throws: TrainingError.self) { try training.restore(state) }
    state.add("weights.hidden.weight", Tensor.zeros([3, 3]))
    let error = #expect(throws: TrainingError.self) { try training.restore(state) }
    #expect(error?.code == .badState)
    #expect(error?.problem.contains("[3, 3], and should be F32 of [16, 2]") == true)
  }
}
