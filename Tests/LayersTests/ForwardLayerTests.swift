import Errors
import Foundation
import Layers
import TensorCore
import TestEnvironment
import Testing

@Suite struct ForwardLayerTests {
  private struct Golden: Decodable {
    let runningMean: [Float]
    let runningVariance: [Float]
  }

  /// Returns numbers in -2 ... 2: `table` of `fixtures/tensors/make_operations_golden.py`.
  private func table(_ number: UInt64, _ shape: Shape) -> Tensor {
    let numbers = (0..<UInt64(shape.elementCount)).map { position in
      let bits = SplitMix64.number(at: number << 32 + position) >> 40
      return Float((Double(bits) / 0x1p24 - 0.5) * 4)
    }
    return Tensor(shape, numbers)
  }

  @Test func batchNormGathersPyTorchsStatistics() throws {
    let file = URL(fileURLWithPath: ProjectFolder.fixture("tensors/operations_golden.json"))
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    let layer = BatchNorm(channelCount: 5)
    for number: UInt64 in [1, 4] {
      _ = try layer(Variable(table(number, [6, 5])), in: ForwardPass(isTraining: true))
    }
    let mean = layer.runningMean.value.elements()
    let variance = layer.runningVariance.value.elements()
    #expect(zip(mean, golden.runningMean).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(zip(variance, golden.runningVariance).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(layer.batchCount.value.elements(of: Int64.self) == [2])
    // Outside training, the running statistics are used and not changed.
    let input = table(7, [1, 5])
    let output = try layer(Variable(input), in: ForwardPass(isTraining: false)).value.elements()
    for (channel, number) in input.elements().enumerated() {
      let expected = (number - mean[channel]) / (variance[channel] + 1e-5).squareRoot()
      #expect(abs(output[channel] - expected) < 1e-5)
    }
    #expect(layer.runningMean.value.elements() == mean)
    #expect(layer.batchCount.value.elements(of: Int64.self) == [2])
  }

  @Test func batchNormIsExemptFromDecayAndNeverFrozen() {
    let layer = BatchNorm(channelCount: 2, bias: 1e-3)
    for (_, parameter) in layer.namedParameters() {
      #expect(!parameter.isDecayed && parameter.trainsWhenFrozen)
    }
    #expect(layer.weight.value.elements() == [1, 1])
    #expect(layer.bias.value.elements() == [1e-3, 1e-3])
    let error = #expect(throws: TensorError.self) {
      try layer(Variable(.zeros([1, 2])), in: ForwardPass(isTraining: true))
    }
    #expect(error?.place == "batch norm")
  }

  @Test func dropoutActsInTrainingAloneAndRepeatsItself() throws {
    let layers = Sequential([Dropout(0.5), Dropout(0.5)])
    let input = Variable(Tensor([50, 40], repeating: Float(1)))
    #expect(try layers(input, in: ForwardPass(isTraining: false)).value.sum == 2000)
    func output(_ seed: UInt64) throws -> [Float] {
      let random = RandomStream(seed: seed, stream: 7)
      return try layers(input, in: ForwardPass(isTraining: true, random: random)).value.elements()
    }
    let first = try output(1)
    #expect(try first == output(1))
    #expect(try first != output(2))
    // Two layers draw independent random numbers: a quarter remains, not half.
    let kept = Double(first.count { $0 != 0 }) / 2000
    #expect(abs(kept - 0.25) < 0.04)
    #expect(first.allSatisfy { $0 == 0 || $0 == 4 })
  }

  @Test func sequentialNamesItsLayersByPosition() throws {
    var random = RandomStream(seed: 1, stream: 1)
    let network = Sequential([
      Linear(inputCount: 3, outputCount: 4, hasBias: false, random: &random), ReLU(),
      BatchNorm(channelCount: 4), Sequential(named: [("out", Sigmoid(from: 1, to: 5))]),
    ])
    #expect(network.namedParameters().map(\.name) == ["0.weight", "2.weight", "2.bias"])
    #expect(
      network.namedBuffers().map(\.name) == [
        "2.running_mean", "2.running_var", "2.num_batches_tracked",
      ])
    let output = try network(Variable(table(1, [6, 3])), in: ForwardPass(isTraining: true))
    #expect(output.shape == [6, 4])
    #expect(output.value.elements().allSatisfy { $0 > 1 && $0 < 5 })
  }
}
