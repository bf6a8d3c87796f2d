import Errors
import TensorCore
import Testing

@Suite struct NormalizationTests {
  static let shapes: [Shape] = [[5, 3], [9, 17], [3, 2, 3, 5]]

  @Test(arguments: shapes) func normalisesEachChannel(_ shape: Shape) throws {
    let input = randomTensor(shape, seed: 1)
    let channels = shape[1]
    let weight = randomTensor([channels], seed: 2)
    let bias = randomTensor([channels], seed: 3)
    var gathered: ChannelStatistics?
    let found = try Tape().batchNorm(
      Variable(input), weight: Variable(weight), bias: Variable(bias), gather: { gathered = $0 }
    ).value
    let statistics = try #require(gathered)
    let positions = Naive.positions(shape)
    let count = Double(shape.elementCount / channels)
    #expect(statistics.count == Int(count))
    var means = [Double](repeating: 0, count: channels)
    for position in positions { means[position[1]] += Naive.element(input, position) / count }
    var variances = [Double](repeating: 0, count: channels)
    for position in positions {
      let distance = Naive.element(input, position) - means[position[1]]
      variances[position[1]] += distance * distance / count
    }
    #expect(agree(statistics.mean.elements(), means, within: 1e-6))
    #expect(agree(statistics.variance.elements(), variances, within: 1e-6))
    let expected = positions.map { position in
      let channel = position[1]
      let distance = Naive.element(input, position) - means[channel]
      return distance / (variances[channel] + 1e-5).squareRoot() * Naive.element(weight, [channel])
        + Naive.element(bias, [channel])
    }
    #expect(agree(found.elements(), expected, within: 1e-5))
  }

  @Test(arguments: shapes) func differentiatesThroughTheStatistics(_ shape: Shape) throws {
    let inputs = [
      randomTensor(shape, seed: 4), randomTensor([shape[1]], seed: 5),
      randomTensor([shape[1]], seed: 6),
    ]
    try expectGradients(of: inputs, within: 1e-2, step: 3e-3) { tape, values in
      try tape.batchNorm(values[0], weight: values[1], bias: values[2])
    }
    let constants = try ChannelStatistics(of: randomTensor([5, shape[1]], seed: 7))
    try expectGradients(of: inputs, within: 5e-3) { tape, values in
      try tape.batchNorm(values[0], weight: values[1], bias: values[2], by: constants)
    }
  }

  @Test func saysWhatDoesNotFit() {
    let tape = Tape()
    let one = #expect(throws: TensorError.self) { try ChannelStatistics(of: .zeros([1, 4])) }
    #expect(one?.place == "batch norm" && one?.description.contains("[1, 4]") == true)
    #expect(throws: TensorError.self) { try ChannelStatistics(of: .zeros([4])) }
    let error = #expect(throws: TensorError.self) {
      try tape.batchNorm(
        Variable(.zeros([2, 3])), weight: Variable(.zeros([4])), bias: Variable(.zeros([3])),
        by: ChannelStatistics(mean: .zeros([3]), variance: .zeros([3])))
    }
    let text = error?.description ?? ""
    #expect(text.contains("[2, 3]") && text.contains("[4]"), "\(text)")
  }

  @Test func dropsByChanceAndKeepsTheMean() throws {
    let input = Variable(Tensor([200, 100], repeating: Float(1)))
    let random = RandomStream(seed: 3, stream: 1)
    let output = try Tape().dropout(input, probability: 0.3, random: random).value
    let numbers = output.elements()
    #expect(numbers.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
    #expect(abs(Double(numbers.count { $0 == 0 }) / 20_000 - 0.3) < 0.015)
    let again = try Tape().dropout(input, probability: 0.3, random: random).value
    #expect(again.elements() == numbers)
    let other = try Tape().dropout(
      input, probability: 0.3, random: RandomStream(seed: 4, stream: 1))
    #expect(other.value.elements() != numbers)
    #expect(try Tape().dropout(input, probability: 0, random: random).value.sum == 20_000)
    #expect(try Tape().dropout(input, probability: 1, random: random).value.sum == 0)
  }

  @Test func differentiatesDropout() throws {
    try expectGradients(of: [randomTensor([3, 2, 4], seed: 8)]) {
      try $0.dropout($1[0], probability: 0.5, random: RandomStream(seed: 5, stream: 2))
    }
  }
}
