import TensorCore
import TestEnvironment
import Testing

/// Tests single-precision 3x3 convolutions of sizes that use minimal filtering on processors without AVX-512, and of
/// similar sizes that do not.
struct SingleWinogradTests {
  struct Sizes: CustomStringConvertible {
    let input: Shape
    let outputs: Int
    var padding = 1

    var filters: Shape { [outputs, input[1], 3, 3] }
    var window: Window { Window(stride: 1, padding: padding) }
    var description: String { "\(input), \(outputs) outputs, padding \(padding)" }
  }

  /// Full and partial tiles, one image and several parts of a batch, each padding, several sums of tiles, few tiles
  /// with many channels, channel counts that are multiples of 16 and others, one-pixel images, and too few tiles for
  /// minimal filtering to pay.
  private static let sizes = [
    Sizes(input: [1, 32, 23, 24], outputs: 32),
    Sizes(input: [3, 48, 19, 18], outputs: 32, padding: 0),
    Sizes(input: [4, 32, 13, 11], outputs: 80, padding: 2),
    Sizes(input: [33, 32, 4, 4], outputs: 48),
    Sizes(input: [17, 32, 3, 7], outputs: 32), Sizes(input: [1030, 32, 3, 3], outputs: 32),
    Sizes(input: [33, 112, 4, 3], outputs: 144), Sizes(input: [1, 32, 3, 150], outputs: 32),
    Sizes(input: [2, 40, 16, 17], outputs: 32), Sizes(input: [2, 32, 16, 17], outputs: 37),
    Sizes(input: [1, 16, 24, 24], outputs: 16), Sizes(input: [1, 32, 1, 1], outputs: 32),
    Sizes(input: [40, 32, 1, 1], outputs: 32), Sizes(input: [1, 32, 9, 9], outputs: 32),
  ]

  /// The results that must not depend on the number of threads.
  private struct Results: Equatable {
    let output: [Float]
    let byInput: [Float]
    let byFilters: [Float]
  }

  private func results(
    _ input: Tensor, _ filters: Tensor, _ outputGradient: Tensor, _ window: Window, threads: Int
  ) throws -> Results {
    try ComputeContext(threadCount: threads).run {
      let tape = Tape()
      let variables = [input, filters].map(tape.watch)
      let output = try tape.convolution(variables[0], variables[1], window: window)
      let gradients = try tape.gradients(
        of: tape.sum(tape.multiply(output, Variable(outputGradient))))
      return Results(
        output: output.value.elements(),
        byInput: try #require(gradients[variables[0]]?.tensor).elements(),
        byFilters: try #require(gradients[variables[1]]?.tensor).elements())
    }
  }

  /// The tolerance is relative to the largest result. Single precision rounds each transform to 2^-24 of numbers up to
  /// 100 times as large as the inputs, which are within 1 (the rows of Bᵀ have absolute sums of 10). In practice the
  /// error is far smaller; a direct sum of a thousand products is off by 1e-6.
  @Test(arguments: sizes) func agreesWithTheDefinition(_ sizes: Sizes) throws {
    let input = randomTensor(sizes.input, seed: 1)
    let filters = randomTensor(sizes.filters, seed: 2)
    let expected = Naive.convolution(
      input, filters, stride: 1, padding: sizes.padding, dilation: 1, groups: 1)
    let outputGradient = randomTensor(expected.shape, seed: 3)
    let expectedGradients = Naive.convolutionGradients(
      input, filters, outputGradient, padding: sizes.padding)
    let found = try results(input, filters, outputGradient, sizes.window, threads: 2)
    for (found, expected) in [
      (found.output, expected.elements), (found.byInput, expectedGradients.input),
      (found.byFilters, expectedGradients.filters),
    ] {
      let largest = expected.map(abs).max() ?? 0
      #expect(agree(found.map { $0 / Float(largest) }, expected.map { $0 / largest }, within: 1e-5))
    }
  }

  /// oneDNN's own kernels may sum in another order with another number of threads.
  @Test(.enabled(if: kernels == "AVX2"), arguments: [0, 3, 5, 6])
  func doesNotDependOnTheThreads(_ number: Int) throws {
    let sizes = Self.sizes[number]
    let input = randomTensor(sizes.input, seed: 4)
    let filters = randomTensor(sizes.filters, seed: 5)
    let outputGradient = randomTensor(
      [
        sizes.input[0], sizes.outputs, sizes.input[2] + 2 * sizes.padding - 2,
        sizes.input[3] + 2 * sizes.padding - 2,
      ], seed: 6)
    let alone = try results(input, filters, outputGradient, sizes.window, threads: 1)
    for threads in [2, 3, 8] {
      #expect(
        try results(input, filters, outputGradient, sizes.window, threads: threads) == alone)
    }
  }

  /// The instruction set that oneDNN uses on this machine.
  private static let kernels = ComputeLibrary.all.first { $0.name == "oneDNN" }?.kernels

  /// Filters are transformed once; the image sizes use both algorithms.
  @Test(arguments: [false, true]) func preparedAddsAndAppliesReLU(_ relu: Bool) throws {
    let filters = randomTensor([48, 32, 3, 3], seed: 8)
    let bias = randomTensor([48], seed: 9)
    let convolution = PreparedConvolution(
      weight: filters, bias: bias, window: Window(stride: 1, padding: 1))
    for (shape, adds) in [
      ([2, 32, 17, 18], false), ([1, 32, 5, 5], true), ([2, 32, 17, 18], true),
      ([2, 32, 17, 18], true), ([3, 32, 13, 15], true),
    ] as [(Shape, Bool)] {
      let input = randomTensor(shape, seed: 7)
      let addend = randomTensor([shape[0], 48, shape[2], shape[3]], seed: 10)
      let products = Naive.convolution(
        input, filters, stride: 1, padding: 1, dilation: 1, groups: 1
      ).elements
      let (biases, addends) = (bias.elements(), addend.elements())
      let expected = products.enumerated().map { position, product in
        let sum =
          product + Double(biases[position / (shape[2] * shape[3]) % 48])
          + (adds ? Double(addends[position]) : 0)
        return relu ? max(sum, 0) : sum
      }
      let found = try convolution(input, adding: adds ? addend : nil, relu: relu)
      #expect(agree(found.elements(), expected, within: 1e-4))
      // The addend is unchanged and may be reused.
      #expect(addend.elements() == addends)
    }
  }

  @Test func notANumberStaysOne() throws {
    var input = randomTensor([1, 32, 24, 24], seed: 11)
    input.withMutableElements { $0[24 * 12 + 12] = .nan }
    let convolution = PreparedConvolution(
      weight: randomTensor([32, 32, 3, 3], seed: 12), bias: .zeros([32]),
      window: Window(stride: 1, padding: 1))
    let output = try convolution(input, relu: true).elements()
    #expect(output[24 * 12 + 12].isNaN && !output[0].isNaN)
  }
}
