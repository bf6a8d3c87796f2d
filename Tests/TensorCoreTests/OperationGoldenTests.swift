import Foundation
import TensorCore
import TestEnvironment
import Testing

/// Compares operations with PyTorch. The cases and tables are those of `fixtures/tensors/make_operations_golden.py`.
@Suite struct OperationGoldenTests {
  struct Golden: Decodable {
    struct Case: Decodable {
      let shape: [Int]
      let output: [Double]
      let gradients: [[Double]]
    }
    let cases: [String: Case]
    let floatBits: [UInt32]
    let bfloat16Bits: [UInt16]
  }

  typealias Computation = @Sendable (Tape, [Variable]) throws -> Variable

  private let golden: Golden

  init() throws {
    let file = URL(fileURLWithPath: ProjectFolder.fixture("tensors/operations_golden.json"))
    golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  /// Returns numbers in -2 ... 2 from the counters of table `number`.
  static func table(_ number: UInt64, _ shape: Shape) -> Tensor {
    let numbers = (0..<UInt64(shape.elementCount)).map { position in
      let bits = SplitMix64.number(at: number << 32 + position) >> 40
      return Float((Double(bits) / 0x1p24 - 0.5) * 4)
    }
    return Tensor(shape, numbers)
  }

  static let extremes = Tensor(
    [2, 5], [1e4, -1e4, 9999, 0, 3, -1e4, -1e4, -1e4, -1e4, -1e4] as [Float])
  static let classes: [UInt32] = [3, 0, 6, 2, 2]
  static let fifthRank = [table(1, [2, 1, 3, 2, 2]), table(2, [3, 1, 2])]

  static let cases: [(name: String, inputs: [Tensor], computation: Computation)] = [
    ("addition", fifthRank, { try $0.add($1[0], $1[1]) }),
    ("multiplication", fifthRank, { try $0.multiply($1[0], $1[1]) }),
    ("reshape", [table(1, [2, 3, 4])], { try $0.reshape($1[0], to: [3, 8]) }),
    (
      "matrix product", [table(1, [5, 7]), table(2, [7, 3])],
      { try $0.matmul($1[0], $1[1]) }
    ),
    ("row gather", [table(1, [5, 3])], { try $0.gather([4, 0, 4, 2], from: $1[0]) }),
    ("relu", [table(1, [3, 5])], { try $0.relu($1[0]) }),
    (
      "add relu", [table(1, [2, 3, 2, 2]), table(2, [2, 3, 2, 2])],
      { try $0.addReLU($1[0], $1[1]) }
    ),
    (
      "sigmoid", [Tensor([13], table(1, [13]).elements().map { 5 * $0 })],
      { try $0.sigmoid($1[0]) }
    ),
    ("ranged sigmoid", [table(1, [13])], { try $0.sigmoid($1[0], from: -0.5, to: 5) }),
    (
      "concatenation", [table(1, [2, 3, 2]), table(2, [2, 1, 2]), table(3, [2, 2, 2])],
      { try $0.concatenate($1, along: 1) }
    ),
    ("softmax", [table(1, [3, 11])], { try $0.softmax($1[0]) }),
    ("softmax of extremes", [extremes], { try $0.softmax($1[0]) }),
    (
      "batched product", [table(1, [2, 3, 4]), table(2, [4, 5])],
      { try $0.matmul($1[0], $1[1]) }
    ),
    ("batch norm of rows", [table(1, [6, 5]), table(2, [5]), table(3, [5])], normalise),
    ("batch norm of images", [table(1, [2, 3, 3, 4]), table(2, [3]), table(3, [3])], normalise),
    ("cross-entropy", [table(1, [5, 7])], { try $0.crossEntropy($1[0], classes: classes) }),
    (
      "smoothed cross-entropy", [table(1, [5, 7])],
      { try $0.crossEntropy($1[0], classes: classes, smoothing: 0.1) }
    ),
    (
      "binary cross-entropy",
      [
        Tensor([8], [100, -100, 100, -100, 15, -15, 0, 1e-3] as [Float]),
        Tensor([8], [1, 1, 0, 0, 1, 0.25, 0.5, 1] as [Float]),
      ], { try $0.binaryCrossEntropy(logits: $1[0], targets: $1[1]) }
    ),
    (
      "squared error", [table(1, [4, 3]), table(2, [4, 3])],
      { try $0.meanSquaredError($1[0], $1[1]) }
    ),
    (
      "absolute error", [table(1, [4, 3]), table(2, [4, 3])],
      { try $0.meanAbsoluteError($1[0], $1[1]) }
    ),
  ]

  @Sendable static func normalise(_ tape: Tape, _ inputs: [Variable]) throws -> Variable {
    try tape.batchNorm(inputs[0], weight: inputs[1], bias: inputs[2])
  }

  @Test func everyCaseIsHeldAgainstPyTorch() {
    #expect(Set(Self.cases.map(\.name)) == Set(golden.cases.keys))
  }

  @Test(arguments: 0..<cases.count) func agreesWithPyTorch(_ number: Int) throws {
    let (name, inputs, computation) = Self.cases[number]
    let expected = try #require(golden.cases[name])
    let tape = Tape()
    let variables = inputs.map(tape.watch)
    let output = try computation(tape, variables)
    #expect(output.shape.dimensions == expected.shape, "\(name)")
    #expect(agree(output.value.elements(), expected.output, within: 3e-6), "\(name)")
    let loss = try tape.sum(
      tape.multiply(output, Variable(Self.table(99, output.shape))))
    let gradients = try tape.gradients(of: loss)
    for (position, variable) in variables.enumerated() {
      let found = try #require(gradients[variable]?.tensor.elements())
      #expect(
        agree(found, expected.gradients[position], within: 2e-5),
        "\(name), input \(position): \(found) against \(expected.gradients[position])")
    }
  }

  @Test func roundsToBFloat16AsPyTorch() {
    for (float, half) in zip(golden.floatBits, golden.bfloat16Bits) {
      #expect(BFloat16(Float(bitPattern: float)).bitPattern == half, "\(float)")
    }
    #expect(golden.floatBits.count > 50)
  }
}
