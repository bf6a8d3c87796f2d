import Foundation
import Learning
import TensorCore
import Testing

@Suite struct LossFunctionTests {
  @Test func lossesKnowTheirActivation() throws {
    var random = RandomStream(seed: 1, stream: 0)
    let outputs = Tensor([3, 4]) { random.fillNormal($0) }
    let tape = Tape(isRecording: false)
    let softmax = try LossFunction.crossEntropy().predictions(of: outputs).elements()
    for row in 0..<3 { #expect(abs(softmax[row * 4..<row * 4 + 4].reduce(0, +) - 1) < 1e-6) }
    let classes = Tensor([3], [0, 3, 1] as [UInt32])
    let loss = try LossFunction.crossEntropy()(Variable(outputs), classes, on: tape).value
      .number
    let expected = -(log(softmax[0]) + log(softmax[7]) + log(softmax[9])) / 3
    #expect(abs(loss - expected) < 1e-5)

    let probabilities = try LossFunction.binaryCrossEntropy().predictions(of: outputs).elements()
    let targets = Tensor([3, 4], (0..<12).map { Float($0 % 2) })
    let binary = try LossFunction.binaryCrossEntropy()(Variable(outputs), targets, on: tape)
      .value.number
    let sum = zip(probabilities, targets.elements()).reduce(Float(0)) { sum, pair in
      sum - log(pair.1 == 1 ? pair.0 : 1 - pair.0)
    }
    #expect(abs(binary - sum / 12) < 1e-5)

    let absolute = try LossFunction.absoluteError(Variable(outputs), targets, on: tape).value
      .number
    let distances = zip(outputs.elements(), targets.elements()).map { abs($0 - $1) }
    #expect(abs(absolute - distances.reduce(0, +) / 12) < 1e-5)
    #expect(
      try LossFunction.absoluteError.predictions(of: outputs).elements() == outputs.elements())
    #expect(try LossFunction.squaredError.predictions(of: outputs).elements() == outputs.elements())
  }
}
