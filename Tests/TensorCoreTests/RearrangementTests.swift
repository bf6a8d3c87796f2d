import Errors
import TensorCore
import Testing

/// Permutations, slices, joins: random shapes against the naive oracle.
@Suite struct RearrangementTests {
  static let shapes: [(Shape, [Int])] = [
    ([3, 4], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]), ([5], [0]), ([], []),
    ([2, 3, 1, 4, 2], [4, 2, 0, 3, 1]), ([67, 130], [1, 0]), ([3, 70, 45], [0, 2, 1]),
    ([0, 3], [1, 0]), ([4, 33, 40], [2, 1, 0]), ([2, 2, 3], [0, 1, 2]),
  ]

  @Test(arguments: shapes) func permutes(_ shape: Shape, _ order: [Int]) throws {
    let input = randomTensor(shape, seed: 1)
    let found = input.permuted(order)
    #expect(found.shape == Shape(order.map { shape[$0] }))
    let expected = Naive.positions(found.shape).map { position in
      var source = position
      for (to, from) in order.enumerated() { source[from] = position[to] }
      return Naive.offset(source, in: shape)
    }
    let elements = input.elements()
    #expect(found.elements() == expected.map { elements[$0] })
    // Other types are moved alike.
    let bytes = Tensor(shape, (0..<shape.elementCount).map { UInt8(truncatingIfNeeded: $0) })
    #expect(
      bytes.permuted(order).elements(of: UInt8.self)
        == expected.map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test func differentiatesPermutations() throws {
    try expectGradients(of: [randomTensor([2, 3, 4], seed: 2)]) {
      try $0.permute($1[0], to: -1, 0, 1)
    }
    try expectGradients(of: [randomTensor([2, 3, 4], seed: 3)]) { try $0.transpose($1[0]) }
  }

  static let cuts: [(Shape, [Slice])] = [
    ([10], [Slice(0, 2..<9, step: 3)]), ([4, 5], [Slice(1, 1..<4)]),
    ([4, 5], [Slice(0, 0..<4, step: 2), Slice(-1, 2..<5, step: 2)]), ([4, 5], [Slice(0, 2..<2)]),
    ([2, 3, 4, 5, 2], [Slice(2, 1..<4, step: 2), Slice(4, 1..<2)]), ([3], []), ([0, 2], []),
    ([60, 50], [Slice(0, 1..<60, step: 7), Slice(1, 3..<50)]),
  ]

  @Test(arguments: cuts) func slices(_ shape: Shape, _ slices: [Slice]) throws {
    let input = randomTensor(shape, seed: 4)
    let found = try input.sliced(slices)
    var taken = shape.dimensions.map { Array(0..<$0) }
    for slice in slices {
      taken[(slice.dimension + shape.rank) % shape.rank] = Array(
        stride(from: slice.range.lowerBound, to: slice.range.upperBound, by: slice.step))
    }
    #expect(found.shape == Shape(taken.map(\.count)))
    let elements = input.elements()
    let expected = Naive.positions(found.shape).map { position in
      elements[Naive.offset(position.indices.map { taken[$0][position[$0]] }, in: shape)]
    }
    #expect(found.elements() == expected)
  }

  @Test func differentiatesSlices() throws {
    try expectGradients(of: [randomTensor([3, 5, 2], seed: 5)]) {
      try $0.slice($1[0], Slice(1, 1..<5, step: 2), Slice(0, 0..<2))
    }
  }

  @Test func joinsAndSplitsAgain() throws {
    let parts =
      [randomTensor([2, 3, 4], seed: 6), randomTensor([2, 0, 4], seed: 7)]
      + [randomTensor([2, 5, 4], seed: 8)]
    let joined = try Tape().concatenate(parts.map(Variable.init), along: -2).value
    #expect(joined.shape == [2, 8, 4])
    var start = 0
    for part in parts {
      let range = start..<start + part.shape[1]
      #expect(try joined.sliced([Slice(1, range)]).elements() == part.elements())
      start = range.upperBound
    }
    try expectGradients(of: [parts[0], parts[2]]) { try $0.concatenate($1, along: 1) }
    try expectGradients(of: [parts[0]]) { try $0.concatenate([$1[0], $1[0]], along: 0) }
  }

  @Test func oneHotTimesATableIsItsRows() throws {
    let table = randomTensor([6, 4], seed: 9)
    let rows: [UInt32] = [5, 0, 2, 5]
    let oneHot = try Tensor.oneHot(rows, classCount: 6)
    #expect(oneHot.shape == [4, 6] && oneHot.sum == 4)
    var outputs: [[Float]] = []
    var gradients: [[Float]] = []
    for looksUp in [true, false] {
      let tape = Tape()
      let watched = tape.watch(table)
      let output =
        looksUp
        ? try tape.gather(rows, from: watched)
        : try tape.multiplyMatrices(Variable(oneHot), watched)
      outputs.append(output.value.elements())
      let weights = Variable(randomTensor([4, 4], seed: 10))
      let found = try tape.gradients(of: tape.sum(tape.multiply(output, weights)))
      gradients.append(try #require(found[watched]).tensor.elements())
    }
    #expect(agree(outputs[0], outputs[1].map(Double.init), within: 1e-7))
    #expect(agree(gradients[0], gradients[1].map(Double.init), within: 1e-6))
    #expect(gradients[0].contains { $0 != 0 })
  }

  @Test func saysWhatDoesNotFit() throws {
    let tape = Tape()
    let input = Variable(Tensor.zeros([2, 3]))
    let outside = #expect(throws: TensorError.self) {
      try tape.slice(input, Slice(1, 1..<4))
    }
    #expect(outside?.code == .indexOutOfRange && outside?.place == "slice")
    #expect(outside?.description.contains("[2, 3]") == true)
    for other in [Shape([3, 4]), [2, 3, 1]] {
      let error = #expect(throws: TensorError.self) {
        try tape.concatenate([input, Variable(.zeros(other))], along: 0)
      }
      #expect(error?.code == .shapeMismatch && error?.place == "concatenation")
      let text = error?.description ?? ""
      #expect(text.contains("[2, 3]") && text.contains("\(other)"), "\(text)")
    }
    let index = #expect(throws: TensorError.self) { try Tensor.oneHot([1, 4], classCount: 4) }
    #expect(index?.code == .indexOutOfRange)
  }
}
