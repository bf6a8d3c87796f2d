import Errors
import Layers
import Learning
import TensorCore
import Testing

/// Tests training in bfloat16 with single-precision parameters.
@Suite(.enabled(if: Precision.bfloat16.isSupported)) struct PrecisionTests {
  private let problem = ProductProblem()

  /// A perceptron whose hidden layer is a convolution of one-pixel images.
  private final class PointPerceptron: Layer {
    private let hidden: Convolution
    private let output: Linear

    init(seed: UInt64) {
      var random = RandomStream(seed: seed, stream: 1)
      hidden = Convolution(
        inputs: 2, outputs: 16, size: Extent(1), hasBias: true, random: &random)
      output = Linear(inputCount: 16, outputCount: 1, random: &random)
    }

    var children: [(name: String, module: any Module)] { [("hidden", hidden), ("output", output)] }

    func callAsFunction(_ input: Variable, in pass: ForwardPass) throws(TensorError) -> Variable {
      let tape = pass.tape
      let points = try tape.reshape(input, to: [input.shape[0], 2, 1, 1])
      let features = try tape.convert(
        tape.relu(hidden(points, in: pass)), to: .float32)
      return try output(tape.reshape(features, to: [input.shape[0], 16]), in: pass)
    }
  }

  private func learner(
    _ network: PointPerceptron, _ precision: Precision, _ store: MemoryStore? = nil,
    interruption: Int = -1
  ) -> Learner<ModuleTraining> {
    var options = ModuleTraining.Options()
    options.context.precision = precision
    return Learner(
      problem.training(of: network, options: options), batchSize: 20, order: .shuffled(seed: 6),
      callbacks: [Interruption(after: interruption)], checkpoints: store)
  }

  @Test func bfloat16ConvergesNearSinglePrecision() throws {
    func train(_ precision: Precision) throws -> (loss: Double, bits: [UInt32]) {
      let network = PointPerceptron(seed: 5)
      let history = try learner(network, precision).fit(epochCount: 60, peakRates: [0.02])
      for (_, parameter) in network.namedParameters() {
        #expect(parameter.value.elementType == .float32)
      }
      return (try #require(history.epochs.last?.validationLoss), network.bits)
    }
    let (precise, rough) = (try train(.float32), try train(.bfloat16))
    // The targets' variance, the loss of a constant, is 0.11.
    #expect(precise.loss < 0.01 && rough.loss < 0.01)
    #expect(abs(rough.loss - precise.loss) < 0.5 * precise.loss, "\(rough.loss) \(precise.loss)")
    #expect(precise.bits != rough.bits)
    // Parameters keep more digits than bfloat16 has.
    #expect(rough.bits.contains { $0 & 0xFFFF != 0 })
  }

  @Test func checkpointsAreTheSameInBoth() throws {
    let whole = PointPerceptron(seed: 5)
    let expected = try learner(whole, .bfloat16).fit(epochCount: 4, peakRates: [0.02])
    let store = MemoryStore()
    #expect(throws: TrainingError.self) {
      try learner(PointPerceptron(seed: 5), .bfloat16, store, interruption: 15)
        .fit(epochCount: 4, peakRates: [0.02])
    }
    let kept = store.state
    let resumed = PointPerceptron(seed: 99)
    let history = try learner(resumed, .bfloat16, store)
      .fit(epochCount: 4, peakRates: [0.02])
    #expect(history.losses == expected.losses && resumed.bits == whole.bits)
    // A single-precision training can also resume from the state.
    store.state = kept
    let changed = PointPerceptron(seed: 99)
    let other = try learner(changed, .float32, store).fit(epochCount: 4, peakRates: [0.02])
    #expect(other.losses.first == expected.losses.first && changed.bits != whole.bits)
  }
}
