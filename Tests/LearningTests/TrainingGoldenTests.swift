import Errors
import Foundation
import Layers
import Learning
import TensorCore
import TestEnvironment
import Testing

/// Compares whole trainings with fastai's Learner on the same samples and weights. The networks are those of
/// `fixtures/learning/make_training_golden.py`.
@Suite struct TrainingGoldenTests {
  private struct Golden: Decodable {
    struct Training: Decodable {
      /// The rates by step and group.
      let rates: [[Double]]
      let momenta: [Double]
      let losses: [Float]
      /// The training loss, validation loss and accuracy of each epoch.
      let epochs: [[Double]]
      let weights: [[Float]]
      let buffers: [[Float]]
    }
    let fineTuned: Training
    let partlyFrozen: Training
    let searched: GoldenRateSearch
  }

  /// Records each step's rates by group, momentum and loss, and each epoch's figures.
  private final class Record: TrainingCallback {
    var rates: [[Double]] = []
    var momenta: [Double] = []
    var losses: [Float] = []
    var epochs: [[Double]] = []

    func stepDidEnd(_ progress: TrainingProgress) {
      losses.append(progress.result.loss ?? .nan)
      rates.append(progress.result.gradientStep?.rates ?? [])
      momenta.append(progress.result.gradientStep?.momentum ?? .nan)
    }
    func epochDidEnd(_ record: EpochRecord) -> Continuation {
      epochs.append(
        [record.trainingLoss ?? .nan, record.validationLoss ?? .nan] + record.metrics.map(\.value))
      return .proceed
    }
  }

  private let golden: Golden
  private let network: Sequential
  private let record = Record()

  init() throws {
    let file = URL(fileURLWithPath: ProjectFolder.fixture("learning/training_golden.json"))
    golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    var random = RandomStream(seed: 0, stream: 0)
    func linear(_ inputs: Int, _ outputs: Int, _ stream: UInt64) throws -> Linear {
      let layer = Linear(inputCount: inputs, outputCount: outputs, random: &random)
      let bound = 2 / Float(inputs).squareRoot()
      func numbers(_ stream: UInt64, _ count: Int) -> [Float] {
        LearningGolden.uniform(stream, count).map { $0 * bound }
      }
      layer.weight.value = Tensor([outputs, inputs], numbers(stream, inputs * outputs))
      try #require(layer.bias).value = Tensor([outputs], numbers(stream + 1, outputs))
      return layer
    }
    network = Sequential([
      Sequential([try linear(3, 8, 30), ReLU(), BatchNorm(channelCount: 8)]),
      Sequential([try linear(8, 6, 32), ReLU(), BatchNorm(channelCount: 6)]),
      try linear(6, 4, 34),
    ])
  }

  /// Returns samples of three numbers each, whose class is the quadrant of the first two.
  private static func batch(
    _ stream: UInt64, _ samples: some Collection<Int>, _ network: Sequential, _ pass: ForwardPass
  ) throws(TensorError) -> ModuleTraining.Batch {
    let numbers = LearningGolden.uniform(stream, 3 * 70)
    let rows = samples.map { Array(numbers[3 * $0..<3 * $0 + 3]) }
    let classes = rows.map { UInt32($0[0] > 0 ? 1 : 0) + ($0[1] > 0 ? 2 : 0) }
    return (
      try network(Variable(Tensor([rows.count, 3], rows.flatMap { $0 })), in: pass),
      Tensor([rows.count], classes)
    )
  }

  private func learner(
    _ optimizer: ([ParameterGroup]) -> any Optimizer, clipping: GradientClipping? = nil
  ) -> Learner<ModuleTraining> {
    var options = ModuleTraining.Options()
    options.metrics = [MeanMetric.accuracy]
    options.clipping = clipping
    let training = ModuleTraining(
      network,
      optimizer: optimizer(
        network.children.map {
          ParameterGroup($0.name, $0.module.namedParameters().map(\.parameter))
        }
      ), loss: .crossEntropy(smoothing: 0.1), options: options, trainingCount: 70,
      validationCount: 26,
      trainingBatch: { [network] samples, pass throws(TensorError) in
        try Self.batch(50, samples.map { Int($0) }, network, pass)
      },
      heldOutBatch: { [network] samples, pass throws(TensorError) in
        try Self.batch(51, samples, network, pass)
      })
    return Learner(training, batchSize: 16, order: .byNumber, callbacks: [record])
  }

  /// Compares every rate, momentum, loss, metric, weight and running statistic.
  private func expectAgreement(_ golden: Golden.Training) throws {
    #expect(record.rates.count == golden.rates.count)
    for (step, expected) in golden.rates.enumerated() {
      let found = record.rates[step]
      #expect(
        found.count == expected.count
          && zip(found, expected).allSatisfy { abs($0 / $1 - 1) < 1e-5 },
        "step \(step): \(found) against \(expected)")
      #expect(abs(record.momenta[step] - golden.momenta[step]) < 1e-6, "step \(step)")
    }
    #expect(agree(record.losses, golden.losses, within: 2e-5))
    #expect(record.epochs.count == golden.epochs.count)
    for (found, expected) in zip(record.epochs, golden.epochs) {
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 2e-5 }, "\(found), \(expected)")
    }
    let weights = network.namedParameters().map { $0.parameter.value.elements() }
    #expect(weights.count == golden.weights.count)
    for (found, expected) in zip(weights, golden.weights) {
      // The gradient of a bias before a norm is almost zero, but Adam turns it into full steps.
      #expect(agree(found, expected, within: 5e-4), "\(found), \(expected)")
    }
    #expect(network.namedBuffers().count == golden.buffers.count)
    for ((name, buffer), expected) in zip(network.namedBuffers(), golden.buffers) {
      let value = buffer.value
      let found =
        value.elementType == .int64
        ? value.elements(of: Int64.self).map { Float($0) } : value.elements()
      #expect(agree(found, expected, within: 1e-4), "\(name): \(found), \(expected)")
    }
  }

  @Test func fineTunesAsFastai() throws {
    let learner = learner { AdamW($0, options: AdamW.Options()) }
    _ = try learner.fineTune(epochCount: 3, baseRate: 0.1, freezeEpochCount: 2)
    try expectAgreement(golden.fineTuned)
  }

  /// A schedule with a constant momentum.
  private struct WithMomentum: Schedule {
    let schedule: any Schedule
    let momentum: Double
    func rateFactor(at position: Double) -> Double { schedule.rateFactor(at: position) }
    func momentum(at position: Double) -> Double { momentum }
  }

  /// Clipped SGD over all schedules, with the first group frozen at first. fastai keeps the momentum with which the
  /// previous one-cycle fit ended; here it is set explicitly.
  @Test func freezesInPartAndSchedulesAsFastai() throws {
    let learner = learner(
      { SGD($0, options: SGD.Options(weightDecay: 0.1)) }, clipping: .globalNorm(0.2))
    try learner.model.freeze(to: -2)
    _ = try learner.fit(epochCount: 2, peakRates: .spread(from: 1e-2, to: 1))
    learner.model.unfreeze()
    let momentum = OneCycleSchedule().momentum(at: 7 / 8)
    _ = try learner.fit(
      epochCount: 2, peakRates: .mainlyLast(1e-1),
      schedule: WithMomentum(schedule: FlatCosineSchedule(), momentum: momentum))
    let restarts = WarmRestartSchedule(cycleCount: 2)
    _ = try learner.fit(
      epochCount: 3, peakRates: .spread(from: 1e-2, to: 1e-1),
      schedule: WithMomentum(schedule: restarts, momentum: momentum))
    try expectAgreement(golden.partlyFrozen)
  }

  /// Up to a rate of 1, because losses beyond it are random.
  @Test func searchesAsFastai() throws {
    let expected = golden.searched
    let curve = try learner { AdamW($0, options: AdamW.Options()) }.findLearningRate(to: 1)
    #expect(curve.points.count == expected.rates.count)
    for (point, (rate, loss)) in zip(curve.points, zip(expected.rates, expected.losses)) {
      #expect(abs(point.rate / rate - 1) < 1e-5)
      let tolerance = rate < 0.5 ? 1e-3 : 1e-2
      #expect(abs(point.loss / loss - 1) < tolerance, "at \(rate): \(point.loss) against \(loss)")
    }
    let found = LRSuggestions(curve)
    for (name, found, expected) in [
      ("steepest", found.steepest, expected.steepest), ("minimum", found.minimum, expected.minimum),
      ("valley", found.valley, expected.valley), ("slide", found.slide, expected.slide),
    ] { #expect(abs((found ?? 0) / expected - 1) < 1e-4, "\(name)") }
    #expect(record.rates.isEmpty)
  }
}
