import Foundation
import TensorCore
import Testing

@Suite struct SoftmaxTests {
  @Test(arguments: [Shape([4, 3]), [2, 17], [1, 1], [3, 8, 2], [2, 3, 1, 2, 5]])
  func probabilitiesAreExponentialsOverTheirSum(_ shape: Shape) throws {
    let input = randomTensor(shape, seed: 3)
    let powers = input.elements().map { exp(Double($0)) }
    let sums = Naive.sum(
      Tensor(shape, powers.map { Float($0) }), over: [shape.rank - 1])
    let expected = powers.enumerated().map { $1 / sums[$0 / shape[-1]] }
    let found = try Tape().softmax(Variable(input)).value
    #expect(found.shape == shape && agree(found.elements(), expected, within: 1e-6))
    try expectGradients(of: [input]) { try $0.softmax($1[0]) }
  }

  @Test func softmaxOfNothingAndOfInfinities() throws {
    let tape = Tape()
    #expect(try tape.softmax(Variable(.zeros([0, 4]))).shape == [0, 4])
    #expect(try tape.softmax(Variable(.zeros([4, 0]))).shape == [4, 0])
    let masked = Variable(Tensor([1, 3], [-.infinity, 0, 0] as [Float]))
    #expect(agree(try tape.softmax(masked).value.elements(), [0, 0.5, 0.5], within: 1e-6))
    for place in [0, 8, 19] {
      var numbers = (0..<20).map(Float.init)
      numbers[place] = .nan
      let broken = try tape.softmax(Variable(Tensor([1, 20], numbers))).value
      #expect(broken.elements().allSatisfy { $0.isNaN })
    }
  }
}
