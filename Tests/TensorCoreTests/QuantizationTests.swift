import Errors
import TensorCore
import TestEnvironment
import Testing

/// Compares 8-bit integer predictions with the numbers they represent.
struct QuantizationTests {
  @Test func numbersComeBackWithinHalfAStep() throws {
    let tensor = randomTensor([2, 3, 5, 7], seed: 1)
    let quantized = try tensor.quantized(.int8, scale: 0.05)
    #expect(quantized.elementType == .int8 && quantized.scale == 0.05)
    let pairs = zip(try quantized.dequantized().elements(), tensor.elements())
    for (found, expected) in pairs {
      #expect(abs(found - min(max(expected, -128 * 0.05), 127 * 0.05)) <= 0.0251)
    }
    let positive = try tensor.quantized(.uint8, scale: 1e-3)
    #expect(positive.elements(of: UInt8.self).contains(0), "below 0")
    #expect(positive.elements(of: UInt8.self).contains(255), "beyond the range")
    #expect(try tensor.dequantized().elements() == tensor.elements())
  }

  /// With any addend and activation, results are within the rounding errors of inputs, filters and outputs.
  @Test(arguments: 0..<24) func convolutionsAgreeWithTheirOwnInSinglePrecision(
    _ seed: Int
  ) throws {
    let sizes = ConvolutionTests.Sizes(seed: UInt64(seed))
    let input = randomTensor(sizes.input, seed: UInt64(seed))
    let precise = PreparedConvolution(
      weight: randomTensor(sizes.filters, seed: UInt64(seed) + 100),
      bias: randomTensor([sizes.filters[0]], seed: UInt64(seed) + 200), window: sizes.window,
      groups: sizes.groups)
    let relu = seed % 2 == 0
    let plain = try precise(input, relu: false)
    // There is no addend, one in int8 or one in single precision.
    var addend: Tensor?
    if seed % 3 > 0 {
      addend = randomTensor(plain.shape, seed: UInt64(seed) + 300)
      if seed % 3 == 1 { addend = try addend?.quantized(.int8, scale: 0.03).dequantized() }
    }
    let expected = try precise(input, adding: addend, relu: relu).elements()
    let largest = (input: largest(input.elements()), output: largest(expected))
    let quantized = try QuantizedConvolution(
      precise, range: ActivationRange(input: largest.input, output: largest.output))
    for images in [input, try input.quantized(.int8, scale: largest.input / 127)] {
      let sum = try seed % 3 == 1 ? addend?.quantized(.int8, scale: 0.03) : addend
      let result = try quantized(images, adding: sum, relu: relu)
      #expect(result.elementType == (relu ? .uint8 : .int8) && result.shape == plain.shape)
      let found = try result.dequantized().elements()
      let terms = Double(sizes.filters.elementCount / sizes.filters[0])
      let bound =
        0.03 * Double(max(largest.input, 1)) * terms.squareRoot() + Double(largest.output) / 60
      let distance = zip(found, expected).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
      #expect(distance < bound, "\(sizes), relu \(relu): \(distance), \(bound)")
    }
    // Another reference to the addend still finds its original values.
    if let addend, seed % 3 == 1 {
      let held = try addend.quantized(.int8, scale: 0.03)
      let before = held.elements(of: Int8.self)
      _ = try quantized(input, adding: held, relu: relu)
      #expect(held.elements(of: Int8.self) == before)
    }
  }

  @Test func theMaximumStaysQuantizedAndOtherOperationsTakeNumbers() throws {
    let tensor = randomTensor([1, 16, 6, 6], seed: 5)
    let scale = largest(tensor.elements()) / 127
    let quantized = Variable(try tensor.quantized(.int8, scale: scale))
    let window = Window(stride: 2, padding: 1)
    let tape = Tape()
    let maximum = try tape.pool(.maximum, quantized, size: Extent(3), window: window).value
    #expect(maximum.elementType == .int8 && maximum.scale == scale)
    let expected = try tape.pool(.maximum, Variable(tensor), size: Extent(3), window: window).value
    #expect(
      zip(try maximum.dequantized().elements(), expected.elements())
        .allSatisfy { abs($0 - $1) <= 0.51 * scale })
    let mean = try tape.globalPool(.average, quantized).value
    #expect(mean.elementType == .float32 && mean.scale == nil)
    let preciseMean = try tape.globalPool(.average, Variable(tensor)).value.elements()
    #expect(zip(mean.elements(), preciseMean).allSatisfy { abs($0 - $1) <= 0.51 * scale })
    #expect(try tape.relu(quantized).value.elements().allSatisfy { $0 >= 0 })
  }

  private func largest(_ numbers: [Float]) -> Float { numbers.reduce(0) { max($0, abs($1)) } }
}
