import TensorCore
import TestEnvironment
import Testing

/// Tests bfloat16 convolutions that use minimal filtering, and similar ones that do not.
@Suite(.enabled(if: Precision.bfloat16.isSupported)) struct WinogradTests {
  struct Sizes {
    let input: Shape
    let outputs: Int
    var padding = 1

    var filters: Shape { [outputs, input[1], 3, 3] }
    var window: Window { Window(stride: 1, padding: padding) }
  }

  /// Full and partial tiles, one image and several parts of a batch, each padding, channel counts that are multiples of
  /// 16 and others, and images too small for minimal filtering to pay.
  private static let sizes = [
    Sizes(input: [1, 64, 23, 24], outputs: 64),
    Sizes(input: [2, 64, 19, 18], outputs: 80, padding: 0),
    Sizes(input: [3, 96, 13, 12], outputs: 64, padding: 2),
    Sizes(input: [18, 64, 7, 5], outputs: 64),
    Sizes(input: [1, 64, 1, 600], outputs: 64), Sizes(input: [600, 64, 1, 1], outputs: 64),
    Sizes(input: [4, 64, 33, 31], outputs: 64), Sizes(input: [2, 72, 16, 17], outputs: 64),
    Sizes(input: [2, 64, 16, 17], outputs: 70), Sizes(input: [1, 64, 15, 15], outputs: 64),
  ]

  /// Returns random integers from -`largest` to `largest`, times `factor`.
  private func whole(_ shape: Shape, upTo largest: Int, times factor: Float = 1, seed: UInt64)
    -> Tensor
  {
    var random = SplitMix64(seed: seed)
    return Tensor(
      shape,
      (0..<shape.elementCount).map { _ in
        Float(Int.random(in: -largest...largest, using: &random)) * factor
      })
  }

  /// With integers, and multiples of 4 as filters, all transforms are exact. Only the rounding of results to 8 bits
  /// remains.
  @Test(arguments: sizes) func agreesWithTheDefinition(_ sizes: Sizes) throws {
    let input = whole(sizes.input, upTo: 2, seed: 1)
    let filters = whole(sizes.filters, upTo: 1, times: 4, seed: 2)
    let tape = Tape()
    let variables = [input, filters].map(tape.watch)
    let output = try tape.convert(
      tape.convolution(variables[0], variables[1], window: sizes.window, type: .bfloat16),
      to: .float32)
    let expected = Naive.convolution(
      input, filters, stride: 1, padding: sizes.padding, dilation: 1, groups: 1)
    #expect(output.shape == expected.shape)
    #expect(agree(output.value.elements(), expected.elements, within: 1 / 256))

    let outputGradient = whole(output.shape, upTo: 2, seed: 3)
    let gradients = try tape.gradients(
      of: tape.sum(tape.multiply(output, Variable(outputGradient))))
    let expectedGradients = Naive.convolutionGradients(
      input, filters, outputGradient, padding: sizes.padding)
    let byInput = try #require(gradients[variables[0]]?.tensor)
    let byFilters = try #require(gradients[variables[1]]?.tensor)
    #expect(byInput.shape == input.shape && byInput.elementType == .float32)
    #expect(agree(byInput.elements(), expectedGradients.input, within: 1 / 256))
    #expect(byFilters.shape == filters.shape && byFilters.elementType == .float32)
    #expect(agree(byFilters.elements(), expectedGradients.filters, within: 1e-6))
  }

  @Test(arguments: [false, true]) func preparedAddsAndAppliesReLU(_ relu: Bool) throws {
    let input = whole([2, 64, 17, 18], upTo: 2, seed: 4)
    let filters = whole([80, 64, 3, 3], upTo: 1, times: 4, seed: 5)
    let bias = whole([80], upTo: 50, seed: 6)
    let addend = whole([2, 80, 17, 18], upTo: 100, seed: 7)
    let convolution = PreparedConvolution(
      weight: filters, bias: bias, window: Window(stride: 1, padding: 1), type: .bfloat16)
    let products = Naive.convolution(
      input, filters, stride: 1, padding: 1, dilation: 1, groups: 1
    ).elements
    for adds in [false, true, true] {
      let found = try convolution(
        input, adding: adds ? addend.rowMajor(as: .bfloat16) : nil, relu: relu
      ).rowMajor(as: .float32)
      let (biases, addends) = (bias.elements(), addend.elements())
      let expected = products.enumerated().map { position, product in
        let sum =
          product + Double(biases[position / (17 * 18) % 80])
          + (adds ? Double(addends[position]) : 0)
        return relu ? max(sum, 0) : sum
      }
      #expect(agree(found.elements(), expected, within: 1 / 256))
    }
  }

  /// Real numbers are rounded twice: on input, and when tiles and filters are transformed.
  @Test func roundsLittleMoreThanDirectMultiplication() throws {
    let input = randomTensor([1, 64, 24, 24], seed: 8)
    let filters = randomTensor([64, 64, 3, 3], seed: 9)
    let expected = Naive.convolution(
      input, filters, stride: 1, padding: 1, dilation: 1, groups: 1
    ).elements
    let tape = Tape()
    let found = try tape.convert(
      tape.convolution(
        Variable(input), Variable(filters), window: Window(stride: 1, padding: 1), type: .bfloat16),
      to: .float32
    ).value.elements()
    let error = zip(found, expected).reduce(0) {
      $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
    }
    let square = expected.reduce(0) { $0 + $1 * $1 }
    let relative = (error / square).squareRoot()
    // Direct multiplication in bfloat16 by PyTorch has an error of 0.0027.
    #expect(relative < 0.008, "\(relative)")
  }

  @Test func notANumberStaysOne() throws {
    var input = whole([1, 64, 24, 24], upTo: 2, seed: 10)
    input.withMutableElements { $0[24 * 12 + 12] = .nan }
    let convolution = PreparedConvolution(
      weight: whole([64, 64, 3, 3], upTo: 1, times: 4, seed: 11), bias: .zeros([64]),
      window: Window(stride: 1, padding: 1), type: .bfloat16)
    let output = try convolution(input, relu: true).rowMajor(as: .float32).elements()
    #expect(output[24 * 12 + 12].isNaN && !output[0].isNaN)
  }
}
