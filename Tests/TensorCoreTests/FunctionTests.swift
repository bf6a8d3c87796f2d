import Foundation
import TensorCore
import Testing

/// Functions of single numbers, and those of a row of exponents.
@Suite struct FunctionTests {
  @Test func functionsAgreeWithTheLibrary() throws {
    let tape = Tape()
    for shape in [Shape([0]), [1], [7], [8], [3, 11]] {
      let input = randomTensor(shape, seed: 1)
      let size = Variable(Tensor(shape, input.elements().map { abs($0) }))
      let found = [
        try tape.exponential(Variable(input)), try tape.logarithm(size),
        try tape.squareRoot(size), try tape.absoluteValue(Variable(input)),
      ]
      let numbers = input.elements().map(Double.init)
      let expected = [
        numbers.map { exp($0) }, numbers.map { log(abs($0)) }, numbers.map { abs($0).squareRoot() },
        numbers.map { abs($0) },
      ]
      for (one, other) in zip(found, expected) {
        #expect(agree(one.value.elements(), other, within: 1e-6))
      }
    }
  }

  @Test func differentiates() throws {
    let input = randomTensor([3, 5], seed: 2)
    let positive = Tensor([3, 5], input.elements().map { abs($0) + 0.3 })
    try expectGradients(of: [input], within: 5e-3) { try $0.exponential($1[0]) }
    try expectGradients(of: [positive], within: 5e-3, step: 3e-3) { try $0.logarithm($1[0]) }
    try expectGradients(of: [positive], within: 5e-3) { try $0.squareRoot($1[0]) }
    try expectGradients(of: [input]) { try $0.absoluteValue($1[0]) }
    try expectGradients(of: [input, positive], within: 5e-3) { try $0.divide($1[0], $1[1]) }
  }

  @Test func functionsKeepTheirEnds() throws {
    let tape = Tape()
    func exponential(_ x: Float) throws -> Float {
      try tape.exponential(Variable(Tensor(x))).value.number
    }
    #expect(try exponential(-.infinity) == 0 && exponential(.infinity) == .infinity)
    #expect(try exponential(89) == .infinity && exponential(.nan).isNaN)
    for x: Float in [86.9, 87.5, 88, 88.6] {
      #expect(abs(Double(try exponential(x)) / exp(Double(x)) - 1) < 5e-7)
    }
    func logarithm(_ x: Float) throws -> Float {
      try tape.logarithm(Variable(Tensor(x))).value.number
    }
    #expect(try logarithm(0) == -.infinity && logarithm(.infinity) == .infinity)
    #expect(try logarithm(-1).isNaN && logarithm(.nan).isNaN)
    for x in [Float.leastNonzeroMagnitude * 700, 0.9 * .leastNormalMagnitude, 1e-37, 1e-20, 3e38]
      as [Float]
    {
      #expect(abs(Double(try logarithm(x)) / log(Double(x)) - 1) < 5e-7, "\(x)")
    }
  }

  @Test(arguments: [Shape([4, 3]), [2, 17], [1, 1], [3, 8, 2], [2, 3, 1, 2, 5]])
  func exponentialShares(_ shape: Shape) throws {
    let input = randomTensor(shape, seed: 3)
    for dimension in 0..<shape.rank {
      var kept = shape.dimensions
      kept[dimension] = 1
      let powers = input.elements().map { exp(Double($0)) }
      let sums = Naive.sum(Tensor(shape, powers.map { Float($0) }), over: [dimension])
      let whole = Tensor(Shape(kept), sums.map { Float($0) })
      let expected = Naive.positions(shape).enumerated().map { number, position in
        powers[number] / Naive.element(whole, position)
      }
      let tape = Tape()
      let shares = try tape.softmax(Variable(input), along: dimension).value
      #expect(agree(shares.elements(), expected, within: 1e-6))
      let logarithms = try tape.logSoftmax(Variable(input), along: dimension).value
      #expect(agree(logarithms.elements(), expected.map { log($0) }, within: 1e-6))
      let total = try tape.logSumExp(Variable(input), over: dimension).value
      #expect(agree(total.elements(), sums.map { log($0) }, within: 1e-6))
      #expect(total.shape.rank == shape.rank - 1)
      try expectGradients(of: [input]) { try $0.softmax($1[0], along: dimension) }
      try expectGradients(of: [input]) { try $0.logSoftmax($1[0], along: dimension) }
      try expectGradients(of: [input]) { try $0.logSumExp($1[0], over: dimension) }
    }
  }

  @Test func sharesOfNothingAndOfInfinities() throws {
    let tape = Tape()
    let empty = Variable(Tensor.zeros([0, 4]))
    #expect(try tape.softmax(empty).shape == [0, 4])
    #expect(try tape.softmax(Variable(.zeros([4, 0]))).shape == [4, 0])
    let nothing = try tape.logSumExp(Variable(.zeros([2, 0]))).value
    #expect(nothing.elements() == [-.infinity, -.infinity])
    let masked = Variable(Tensor([1, 3], [-.infinity, 0, 0] as [Float]))
    #expect(agree(try tape.softmax(masked).value.elements(), [0, 0.5, 0.5], within: 1e-6))
    let impossible = Variable(Tensor([1, 2], [-.infinity, -.infinity] as [Float]))
    #expect(try tape.logSumExp(impossible).value.elements() == [-.infinity])
    let broken = Variable(Tensor([1, 3], [1, .nan, 0] as [Float]))
    #expect(try tape.softmax(broken).value.elements().allSatisfy(\.isNaN))
    #expect(try tape.logSumExp(broken).value.elements().allSatisfy(\.isNaN))
  }
}
