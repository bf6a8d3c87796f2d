import Foundation
import TensorCore
import TestEnvironment
import Testing

/// Compares convolution, pooling and batch norm with PyTorch. See `fixtures/vision/make_operation_goldens.py`.
struct ImageGoldenTests {
  struct Golden: Decodable {
    let cases: [Case]
  }

  struct Case: Decodable, Sendable {
    let kind: String
    let shapes: [[Int]]
    let settings: [String: Int]
    let outputShape: [Int]
    let output: [Double]
    let gradients: [[Double]]
    let runningMean: [Float]?
    let runningVariance: [Float]?
  }

  @Test func agreesWithPyTorch() throws {
    let golden = try JSONDecoder().decode(
      Golden.self,
      from: Data(contentsOf: URL(fileURLWithPath: ProjectFolder.fixture("vision/operations.json"))))
    #expect(golden.cases.count == 12)
    for golden in golden.cases {
      let tape = Tape()
      let inputs = golden.shapes.enumerated().map { position, lengths in
        let shape = Shape(lengths)
        return tape.watch(
          Tensor(shape, hashedNumbers(shape.elementCount, seed: UInt64(position + 1))))
      }
      var running: (mean: Tensor, variance: Tensor)?
      let output = try compute(golden, on: tape, inputs) { running = $0 }
      #expect(output.shape == Shape(golden.outputShape))
      #expect(agree(output.value.elements(), golden.output, within: 1e-5), "\(golden.kind)")
      let weights = Tensor(output.shape, hashedNumbers(output.shape.elementCount, seed: 9))
      let loss = try tape.sum(tape.multiply(output, Variable(weights)))
      let gradients = try tape.gradients(of: loss)
      for (input, expected) in zip(inputs, golden.gradients) {
        let found = try #require(gradients[input]?.tensor)
        #expect(found.shape == input.shape)
        #expect(
          agree(found.elements(), expected, within: 5e-5), "\(golden.kind) \(golden.settings)")
      }
      if let running, let mean = golden.runningMean, let variance = golden.runningVariance {
        // The updated running statistics: a tenth of the batch's, with unbiased variance.
        #expect(agree(running.mean.elements(), mean.map(Double.init), within: 1e-6))
        #expect(agree(running.variance.elements(), variance.map(Double.init), within: 1e-6))
      }
    }
  }

  private func compute(
    _ golden: Case, on tape: Tape, _ inputs: [Variable],
    running: (((mean: Tensor, variance: Tensor)) -> Void)
  ) throws -> Variable {
    func setting(_ name: String) throws -> Int { try #require(golden.settings[name]) }
    func window() throws -> Window {
      Window(stride: try setting("stride"), padding: try setting("padding"))
    }
    switch golden.kind {
    case "convolution":
      var window = try window()
      window.dilation = Extent(try setting("dilation"))
      return try tape.convolution(
        inputs[0], inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, window: window,
        groups: setting("groups"))
    case "maximum":
      return try tape.pool(.maximum, inputs[0], size: Extent(setting("size")), window: window())
    case "average":
      return try tape.pool(.average, inputs[0], size: Extent(setting("size")), window: window())
    case "adaptiveAverage":
      return try tape.globalPool(.average, inputs[0])
    default:
      let channels = inputs[0].shape[1]
      let mean = Tensor([channels], hashedNumbers(channels, seed: 5))
      let variance = Tensor([channels], hashedNumbers(channels, seed: 6).map { 0.5 + abs($0) })
      guard try setting("training") == 1 else {
        return try tape.batchNorm(
          inputs[0], weight: inputs[1], bias: inputs[2],
          by: ChannelStatistics(mean: mean, variance: variance))
      }
      var found: ChannelStatistics?
      let output = try tape.batchNorm(
        inputs[0], weight: inputs[1], bias: inputs[2], gather: { found = $0 })
      let statistics = try #require(found)
      func moved(_ old: Tensor, _ new: Tensor, _ factor: Float) -> Tensor {
        Tensor([channels], zip(old.elements(), new.elements()).map { 0.9 * $0 + 0.1 * factor * $1 })
      }
      let correction = Float(statistics.count) / Float(statistics.count - 1)
      running(
        (
          moved(mean, statistics.mean, 1), moved(variance, statistics.variance, correction)
        ))
      return output
    }
  }
}
