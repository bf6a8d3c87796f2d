import Errors
import TensorCore
import Testing

/// Compares values with the naive oracle and gradients with finite differences, and tests mismatched shapes.
@Suite struct OperationTests {
  static let pairs: [(Shape, Shape, Shape)] = [
    ([], [], []), ([3], [3], [3]), ([4, 3], [3], [4, 3]), ([4, 1], [3], [4, 3]),
    ([2, 3, 4], [3, 1], [2, 3, 4]), ([2, 1, 4], [3, 1], [2, 3, 4]), ([5], [], [5]),
    ([1, 2, 1, 3, 2], [2, 1, 1, 3, 1], [2, 2, 1, 3, 2]), ([2, 3, 4], [2, 3, 4], [2, 3, 4]),
    ([0, 3], [3], [0, 3]), ([3], [2, 1, 3], [2, 1, 3]),
  ]

  @Test(arguments: pairs) func arithmeticBroadcasts(_ pair: (Shape, Shape, Shape)) throws {
    let left = randomTensor(pair.0, seed: 1)
    let right = randomTensor(pair.1, seed: 2)
    let tape = Tape()
    let (a, b) = (Variable(left), Variable(right))
    for (found, combine) in [
      (try tape.add(a, b), { $0 + $1 }), (try tape.multiply(a, b), { $0 * $1 }),
    ] as [(Variable, (Double, Double) -> Double)] {
      #expect(found.shape == pair.2)
      let expected = Naive.broadcast(left, right, to: pair.2, combine)
      #expect(agree(found.value.elements(), expected, within: 1e-6))
    }
    try expectGradients(of: [left, right]) { try $0.add($1[0], $1[1]) }
    try expectGradients(of: [left, right]) { try $0.multiply($1[0], $1[1]) }
  }

  /// Counts small enough for the calling thread and large enough for the team, also on oneDNN's thread. All numbers
  /// differ and none is 0, so reused memory can't pass for a result.
  @Test(arguments: [40_003, 300_007], [false, true])
  func loopsInPartsReachEachElement(_ count: Int, _ onItsThread: Bool) throws {
    let numbers = (0..<count).map { Float(2 * $0 + 1) * (onItsThread ? 1 : 2) }
    func activated() throws(TensorError) -> [Float] {
      try Tape().relu(Variable(Tensor([count], numbers))).value.elements()
    }
    let found =
      onItsThread
      ? try ComputeContext.current.run { () throws(TensorError) in try activated() }
      : try activated()
    #expect(found == numbers)
  }

  @Test(arguments: [Shape([]), [1], [3, 4, 2], [1025]]) func sums(_ shape: Shape) throws {
    let input = randomTensor(shape, seed: 3)
    let sum = try Tape().sum(Variable(input))
    #expect(sum.shape == [])
    #expect(
      agree([sum.value.number], [input.elements().reduce(0) { $0 + Double($1) }], within: 1e-5))
    guard shape.elementCount < 100 else { return }
    try expectGradients(of: [input]) { try $0.sum($1[0]) }
  }

  @Test func sumsManyElementsWithoutDrift() throws {
    let many = Tensor([1_000_003], repeating: Float(0.1))
    // Naive summation in single precision would give 100,958.
    #expect(abs(many.sum - 100_000.3) < 0.2)
  }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func multipliesMatrices(_ transposed: (Bool, Bool)) throws {
    for (rows, inner, columns) in [(1, 1, 1), (3, 4, 5), (17, 33, 9), (64, 50, 1), (2, 0, 3)] {
      let left = randomTensor(transposed.0 ? [inner, rows] : [rows, inner], seed: 4)
      let right = randomTensor(transposed.1 ? [columns, inner] : [inner, columns], seed: 5)
      let found = try Tensor.product(
        left, right, transposingLeft: transposed.0, transposingRight: transposed.1)
      #expect(found.shape == [rows, columns])
      let expected = Naive.product(
        left, right, transposingLeft: transposed.0, transposingRight: transposed.1)
      #expect(agree(found.elements(), expected, within: 1e-5))
    }
  }

  @Test func differentiatesMatrixProducts() throws {
    let left = randomTensor([3, 4], seed: 6)
    try expectGradients(of: [left, randomTensor([4, 2], seed: 7)]) {
      try $0.matmul($1[0], $1[1])
    }
    try expectGradients(of: [left, randomTensor([2, 4], seed: 8)]) {
      try $0.matmul($1[0], transposed: $1[1])
    }
  }

  /// Multiplies the rows of several matrices by one matrix.
  @Test(arguments: [Shape([2, 3, 4]), [2, 1, 3, 4], [0, 3, 4], [2, 3, 0]])
  func multipliesRowsOfHigherRank(_ shape: Shape) throws {
    let left = randomTensor(shape, seed: 14)
    let right = randomTensor([shape[-1], 5], seed: 15)
    let found = try Tape().matmul(Variable(left), Variable(right)).value
    #expect(found.shape == Shape(shape.dimensions.dropLast() + [5]))
    let rows = try left.reshaped(to: [shape.dimensions.dropLast().reduce(1, *), shape[-1]])
    let expected = Naive.product(rows, right, transposingLeft: false, transposingRight: false)
    #expect(agree(found.elements(), expected, within: 1e-5))
    try expectGradients(of: [left, right]) { try $0.matmul($1[0], $1[1]) }
    try expectGradients(of: [left, randomTensor([5, shape[-1]], seed: 16)]) {
      try $0.matmul($1[0], transposed: $1[1])
    }
  }

  @Test func activates() throws {
    let input = randomTensor([3, 7], seed: 9)
    let activated = try Tape().relu(Variable(input)).value
    #expect(agree(activated.elements(), input.elements().map { Double(max($0, 0)) }, within: 0))
    try expectGradients(of: [input]) { try $0.relu($1[0]) }
    let range: (Float, Float) = (-1, 5.5)
    let stretched = try Tape().sigmoid(Variable(input), from: range.0, to: range.1).value
    let expected = input.elements().map { 6.5 / (1 + exponential(-Double($0))) - 1 }
    #expect(agree(stretched.elements(), expected, within: 1e-6))
    try expectGradients(of: [input], within: 5e-3) { try $0.sigmoid($1[0], from: -1, to: 5.5) }
  }

  /// oneDNN supports 1 to 12 dimensions.
  @Test(arguments: [0, 1, 5, 12, 13, 20]) func elementsAreTakenAtAnyRank(_ rank: Int) throws {
    let shape = Shape((0..<rank).map { $0 < 3 ? 2 : 1 })
    let input = randomTensor(shape, seed: 16)
    let other = randomTensor(shape, seed: 17)
    let tape = Tape()
    let activated = try tape.relu(Variable(input)).value
    #expect(activated.shape == shape)
    #expect(activated.elements() == input.elements().map { max($0, 0) })
    let sum = try tape.addReLU(Variable(input), Variable(other)).value
    #expect(sum.elements() == zip(input.elements(), other.elements()).map { max($0 + $1, 0) })
    let half = try input.rowMajor(as: .bfloat16)
    #expect(half.elements(of: BFloat16.self) == input.elements().map { BFloat16($0) })
    try expectGradients(of: [input, other], step: 1e-3) { try $0.addReLU($1[0], $1[1]) }
    try expectGradients(of: [input], step: 1e-3) { try $0.relu($1[0]) }
  }

  @Test func activationsKeepNotANumber() throws {
    let broken = Variable(Tensor([1], [Float.nan]))
    #expect(try Tape().relu(broken).value.number.isNaN)
    #expect(try Tape().sigmoid(broken).value.number.isNaN)
  }

  @Test func gathersRowsAndAddsTheirGradients() throws {
    let table = randomTensor([5, 3], seed: 10)
    let rows: [UInt32] = [4, 0, 4, 4, 2]
    let found = try Tape().gather(rows, from: Variable(table)).value
    #expect(found.shape == [5, 3])
    let expected = rows.flatMap { row in (0..<3).map { Naive.element(table, [Int(row), $0]) } }
    #expect(agree(found.elements(), expected, within: 0))
    try expectGradients(of: [table]) { try $0.gather(rows, from: $1[0]) }
    // The table is used twice in one computation, by rows and as a whole.
    try expectGradients(of: [table]) { tape, inputs in
      let first = try tape.gather([1, 1], from: inputs[0])
      let second = try tape.gather([3, 1], from: inputs[0])
      return try tape.add(tape.multiply(first, second), tape.sum(inputs[0]))
    }
  }

  @Test func measuresSquaredError() throws {
    let inputs = [randomTensor([4, 3], seed: 11), randomTensor([4, 3], seed: 12)]
    let squares = Naive.broadcast(inputs[0], inputs[1], to: [4, 3]) { ($0 - $1) * ($0 - $1) }
    let found = try Tape().meanSquaredError(Variable(inputs[0]), Variable(inputs[1])).value
    #expect(agree([found.number], [squares.reduce(0, +) / 12], within: 1e-6))
    try expectGradients(of: inputs) { try $0.meanSquaredError($1[0], $1[1]) }
  }

  @Test func namesTheOperationAndBothShapes() throws {
    let tape = Tape()
    let a = Variable(Tensor.zeros([2, 3]))
    let b = Variable(Tensor.zeros([4, 5]))
    let failing: [(String, () throws(TensorError) -> Variable)] = [
      ("addition", { () throws(TensorError) in try tape.add(a, b) }),
      ("multiplication", { () throws(TensorError) in try tape.multiply(a, b) }),
      ("matrix product", { () throws(TensorError) in try tape.matmul(a, b) }),
      ("mean squared error", { () throws(TensorError) in try tape.meanSquaredError(a, b) }),
      ("reshape", { () throws(TensorError) in try tape.reshape(a, to: [4, 5]) }),
    ]
    for (name, operation) in failing {
      let error = #expect(throws: TensorError.self) { try operation() }
      #expect(error?.code == .shapeMismatch)
      #expect(error?.place == name)
      let text = error?.description ?? ""
      #expect(text.contains("[2, 3]") && text.contains("[4, 5]"), "\(text)")
    }
    let outside = #expect(throws: TensorError.self) { try tape.gather([1, 2], from: a) }
    #expect(outside?.code == .indexOutOfRange)
    let integers = Variable(Tensor([2], [Int32(1), 2]))
    let type = #expect(throws: TensorError.self) { try tape.add(integers, integers) }
    #expect(type?.code == .elementTypeMismatch)
  }

  /// Returns e^x by its series, without relying on a library.
  private func exponential(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for n in 1...60 {
      term *= x / Double(n)
      sum += term
    }
    return sum
  }
}
