import Errors
import TensorCore
import Testing

@Suite struct ReductionTests {
  static let shapes: [(Shape, Int)] = [
    ([5], 0), ([3, 40], 1), ([3, 40], 0), ([2, 7, 3], 1), ([2, 1, 3, 2, 4], 3), ([1, 100], -1),
    ([0, 3], 1), ([4, 3, 0], 1),
  ]

  @Test(arguments: shapes) func findsExtrema(_ shape: Shape, _ dimension: Int) throws {
    // Few different numbers, so that there are equals.
    let input = Tensor(
      shape, randomTensor(shape, seed: 1).elements().map { ($0 * 3).rounded() })
    let position = (dimension + shape.rank) % shape.rank
    let found = try Tape().maximum(Variable(input), over: dimension).value
    let least = try Tape().minimum(Variable(input), over: dimension).value
    let places = try input.argumentOfMaximum(along: dimension).elements(of: Int64.self)
    var kept = shape.dimensions
    kept.remove(at: position)
    #expect(found.shape == Shape(kept) && least.shape == found.shape)
    for (number, outer) in Naive.positions(Shape(kept)).enumerated() {
      let values = (0..<shape[position]).map { place in
        var all = outer
        all.insert(place, at: position)
        return input.elements()[Naive.offset(all, in: shape)]
      }
      #expect(found.elements()[number] == values.max())
      #expect(least.elements()[number] == values.min())
      #expect(places[number] == values.firstIndex(of: values.max() ?? 0).map(Int64.init))
    }
  }

  @Test func differentiatesExtrema() throws {
    for dimension in 0..<3 {
      let input = Tensor([2, 9, 3], (0..<54).map { Float(($0 * 31) % 54) / 10 })
      try expectGradients(of: [input]) { try $0.maximum($1[0], over: dimension) }
      try expectGradients(of: [input]) { try $0.minimum($1[0], over: dimension) }
    }
  }

  @Test(arguments: [0, 8, 19]) func extremaKeepNotANumber(_ place: Int) throws {
    var numbers = (0..<20).map(Float.init)
    numbers[place] = .nan
    for shape in [Shape([20]), [20, 1]] {
      let input = Variable(Tensor(shape, numbers))
      #expect(try Tape().maximum(input, over: 0).value.number.isNaN)
      #expect(try Tape().minimum(input, over: 0).value.number.isNaN)
      #expect(
        try input.value.argumentOfMaximum(along: 0).elements(of: Int64.self) == [Int64(place)])
    }
    let infinite = Variable(Tensor([9], [Float](repeating: -.infinity, count: 9)))
    #expect(try Tape().maximum(infinite, over: 0).value.number == -.infinity)
  }

  @Test func extremaOfNothingAreAnError() {
    let error = #expect(throws: TensorError.self) {
      try Tape().maximum(Variable(.zeros([3, 0])), over: 1)
    }
    #expect(error?.place == "maximum" && error?.description.contains("[3, 0]") == true)
  }

  @Test(arguments: [0, 1]) func variances(_ correction: Int) throws {
    let input = randomTensor([3, 4, 5], seed: 2)
    let found = try Tape().variance(Variable(input), over: -1, 0, correction: correction).value
    let means = Naive.sum(input, over: [0, 2]).map { $0 / 15 }
    var sums = [Double](repeating: 0, count: 4)
    for position in Naive.positions(input.shape) {
      let distance = Naive.element(input, position) - means[position[1]]
      sums[position[1]] += distance * distance
    }
    #expect(agree(found.elements(), sums.map { $0 / Double(15 - correction) }, within: 1e-6))
    try expectGradients(of: [input]) {
      try $0.variance($1[0], over: 0, 2, correction: correction)
    }
    try expectGradients(of: [input]) { try $0.variance($1[0]) }
  }

  @Test func variancesOfFarNumbersKeepTheirDigits() throws {
    // The mean of the squares less the square of the mean would be 0 here, or negative.
    let far = Tensor([4], [10_000.25, 10_000.75, 10_000.25, 10_000.75] as [Float])
    #expect(abs(try Tape().variance(Variable(far)).value.number - 0.0625) < 1e-6)
  }
}
