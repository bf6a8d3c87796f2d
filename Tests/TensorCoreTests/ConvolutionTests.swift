import Errors
import TensorCore
import TestEnvironment
import Testing

/// Compares convolution with its definition and with finite differences, and tests what it must refuse.
struct ConvolutionTests {
  /// A random convolution, often of a size for which kernels have special cases.
  struct Sizes {
    let input: Shape
    let filters: Shape
    let stride: Int
    let padding: Int
    let dilation: Int
    let groups: Int

    init(seed: UInt64) {
      var random = SplitMix64(seed: seed)
      groups = [1, 1, 1, 2, 4].randomElement(using: &random) ?? 1
      let size = [1, 3, 3, 3, 5].randomElement(using: &random) ?? 1
      dilation = Bool.random(using: &random) ? 1 : 2
      stride = Int.random(in: 1...2, using: &random)
      padding = Int.random(in: 0...2, using: &random)
      let inputs = [1, 3, 4, 16, 20].randomElement(using: &random) ?? 1
      let outputs = [1, 5, 16, 32].randomElement(using: &random) ?? 1
      let least = dilation * (size - 1) + 1
      input = [
        Int.random(in: 1...3, using: &random), inputs * groups,
        least + Int.random(in: 0...7, using: &random),
        least + Int.random(in: 0...7, using: &random),
      ]
      filters = [outputs * groups, inputs, size, size]
    }

    var window: Window { Window(stride: stride, padding: padding, dilation: dilation) }
  }

  @Test(arguments: 0..<40) func agreesWithTheDefinition(_ seed: Int) throws {
    let sizes = Sizes(seed: UInt64(seed))
    let input = randomTensor(sizes.input, seed: UInt64(seed))
    let filters = randomTensor(sizes.filters, seed: UInt64(seed) + 100)
    let expected = Naive.convolution(
      input, filters, stride: sizes.stride, padding: sizes.padding, dilation: sizes.dilation,
      groups: sizes.groups)
    let found = try Tape().convolution(
      Variable(input), Variable(filters), window: sizes.window, groups: sizes.groups
    ).value
    #expect(found.shape == expected.shape)
    #expect(agree(found.elements(), expected.elements, within: 1e-4), "\(sizes)")
  }

  @Test(arguments: [1, 2]) func isDifferentiatedWithBias(_ groups: Int) throws {
    let inputs = [
      randomTensor([2, 2 * groups, 5, 4], seed: 1), randomTensor([2 * groups, 2, 3, 3], seed: 2),
      randomTensor([2 * groups], seed: 3),
    ]
    try expectGradients(of: inputs, within: 2e-2, step: 0.01) {
      try $0.convolution(
        $1[0], $1[1], bias: $1[2], window: Window(stride: 1, padding: 1), groups: groups)
    }
  }

  @Test(.enabled(if: Precision.bfloat16.isSupported))
  func multipliesInBFloat16WhereAsked() throws {
    let (input, filters) = (
      randomTensor([2, 16, 9, 9], seed: 7), randomTensor([32, 16, 3, 3], seed: 8)
    )
    let tape = Tape()
    let variables = [input, filters].map(tape.watch)
    let output = try tape.convolution(
      variables[0], variables[1], window: Window(stride: 2, padding: 1), type: .bfloat16)
    #expect(output.value.elementType == .bfloat16)
    let exact = Naive.convolution(
      input, filters, stride: 2, padding: 1, dilation: 1, groups: 1)
    let found = try tape.convert(output, to: .float32)
    // 144 products of numbers rounded to 8 bits, whose sum is rounded to 8 bits.
    #expect(agree(found.value.elements(), exact.elements, within: 0.06))
    #expect(!agree(found.value.elements(), exact.elements, within: 1e-4))
    let gradients = try tape.gradients(of: tape.sum(tape.multiply(found, found)))
    #expect(gradients[variables[0]]?.tensor.elementType == .float32)
    let master = try #require(gradients[variables[1]]?.tensor)
    #expect(master.elementType == .float32 && master.shape == filters.shape)
  }

  @Test func namesTheOperationAndBothShapes() throws {
    let tape = Tape()
    let input = Variable(Tensor.zeros([2, 4, 5, 5]))
    for (filters, groups) in [
      ([3, 5, 3, 3], 1), ([3, 4, 3, 3], 2), ([3, 4, 3], 1), ([3, 4, 7, 7], 1),
    ]
      as [(Shape, Int)]
    {
      let error = #expect(throws: TensorError.self) {
        try tape.convolution(input, Variable(.zeros(filters)), groups: groups)
      }
      #expect(error?.code == .shapeMismatch && error?.place == "convolution")
      let text = error?.description ?? ""
      #expect(text.contains("[2, 4, 5, 5]") && text.contains("\(filters)"), "\(text)")
    }
    let flat = #expect(throws: TensorError.self) {
      try tape.convolution(Variable(.zeros([2, 4])), Variable(.zeros([3, 4, 1, 1])))
    }
    #expect(flat?.code == .shapeMismatch)
    let integers = Variable(Tensor([1, 1, 1, 1], [Int32(1)]))
    let type = #expect(throws: TensorError.self) {
      try tape.convolution(integers, Variable(.zeros([3, 1, 1, 1])))
    }
    #expect(type?.code == .elementTypeMismatch)
  }
}
