import Errors
import Layers
import Learning
import TensorCore
import Testing

/// Tests training with layers that have running statistics and random numbers.
@Suite struct StatefulLayerTests {
  private let problem = ProductProblem()

  /// Returns a network with batch norm and dropout in its body, and a head: two groups.
  private func network(seed: UInt64) -> Sequential {
    var random = RandomStream(seed: seed, stream: 1)
    let body = Sequential([
      Linear(inputCount: 2, outputCount: 16, random: &random), ReLU(),
      BatchNorm(channelCount: 16), Dropout(0.3),
    ])
    let head = Linear(inputCount: 16, outputCount: 1, random: &random)
    return Sequential(named: [("body", body), ("head", head)])
  }

  private func learner(
    _ network: Sequential, callbacks: [any TrainingCallback] = [],
    _ checkpoints: (any CheckpointStore)? = nil
  ) -> Learner<ModuleTraining> {
    Learner(
      problem.training(of: network), batchSize: 20, order: .shuffled(seed: 6),
      callbacks: callbacks, checkpoints: checkpoints)
  }

  @Test func normalisationOfAFrozenGroupGoesOnLearning() throws {
    let network = network(seed: 5)
    let learner = learner(network)
    try learner.model.freeze()
    func numbers() -> [String: [Float]] {
      var numbers: [String: [Float]] = [:]
      for (name, parameter) in network.namedParameters() {
        numbers[name] = parameter.value.elements()
      }
      for (name, buffer) in network.namedBuffers() where buffer.value.elementType == .float32 {
        numbers[name] = buffer.value.elements()
      }
      return numbers
    }
    let before = numbers()
    _ = try learner.fit(epochCount: 1, peakRates: [0.01])
    let after = numbers()
    let same = Set(before.keys.filter { before[$0] == after[$0] })
    #expect(same == ["body.0.weight", "body.0.bias"])
  }

  @Test func interruptedEndsWhereUninterruptedDoes() throws {
    let whole = network(seed: 5)
    let expected = try learner(whole, callbacks: [Interruption(after: -1)])
      .fit(epochCount: 3, peakRates: [0.01])
    let store = MemoryStore()
    #expect(throws: TrainingError.self) {
      try learner(network(seed: 5), callbacks: [Interruption(after: 14)], store)
        .fit(epochCount: 3, peakRates: [0.01])
    }
    let resumed = network(seed: 99)
    let history = try learner(resumed, callbacks: [Interruption(after: -1)], store)
      .fit(epochCount: 3, peakRates: [0.01])
    #expect(history.losses == expected.losses)
    #expect(resumed.bits == whole.bits)
    let pairs = zip(resumed.namedBuffers(), whole.namedBuffers())
    #expect(
      pairs.allSatisfy {
        $0.buffer.value.withBytes { Array($0) } == $1.buffer.value.withBytes { Array($0) }
      })
  }

  @Test func aSearchLeavesStatisticsAndLotsAlone() throws {
    func losses(searching: Bool) throws -> [[Double?]] {
      let learner = learner(network(seed: 5))
      if searching { _ = try learner.findLearningRate() }
      return try learner.fit(epochCount: 2, peakRates: [0.01]).losses
    }
    #expect(try losses(searching: true) == losses(searching: false))
  }
}
