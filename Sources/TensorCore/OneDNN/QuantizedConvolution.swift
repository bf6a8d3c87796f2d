import COneDNN
import Errors

/// A ``PreparedConvolution`` that multiplies 8-bit integers. Filters are `int8` with a scale per output. Images are
/// `int8` or, if non-negative, `uint8`, with one scale. Products are accumulated in 32 bits. Bias, sum and max(x, 0)
/// are in single precision, and the result is requantized in the same pass.
///
/// `@unchecked Sendable`: mutable state is accessed only on oneDNN's thread.
package final class QuantizedConvolution: FoldedConvolution, @unchecked Sendable {
  /// The filters, scaled so that the largest magnitude of each output is 127.
  private let weight: Tensor
  private let weightScales: [Float]
  private let bias: Tensor
  private let window: Window
  private let groups: Int
  private let range: ActivationRange
  /// The filters in the layouts of the kernels used.
  private var laidOut = LRUCache<MemoryDescription, Tensor>(capacity: 4)
  /// The output scales and the bias in units of products, cached by the scales of input and output.
  private var scaled = LRUCache<ScaleKey, (scales: OutputScales, bias: Tensor)>(capacity: 4)

  private struct ScaleKey: Hashable {
    let input: Float
    let output: Float
  }

  /// Quantizes `convolution` for inputs and outputs within `range`. Throws ``TensorErrorCode/notFinite`` if a filter or
  /// bias is not finite and so cannot be quantized.
  package init(
    _ convolution: PreparedConvolution, range: ActivationRange
  ) throws(TensorError) {
    let filters = convolution.weight
    for numbers in [filters, convolution.bias]
    where !numbers.withElements({ $0.allSatisfy({ $0.isFinite }) }) {
      throw TensorError(
        .notFinite, "a filter of the shape \(filters.shape), or its bias, is not finite",
        place: "quantization", remedy: "Train again, with a lower learning rate.")
    }
    let outputs = filters.shape[0]
    let length = filters.elementCount / outputs
    let scales = filters.withElements { numbers in
      (0..<outputs).map { output in
        let largest = numbers[output * length..<(output + 1) * length].reduce(0) {
          max($0, abs($1))
        }
        return ActivationRange.scale(ofLargest: largest, .int8)
      }
    }
    weight = Tensor(filters.shape, of: Int8.self) { quantized in
      filters.withElements { numbers in
        for (output, scale) in scales.enumerated() {
          for position in output * length..<(output + 1) * length {
            quantized[position] = Int8((numbers[position] / scale).rounded(.toNearestOrEven))
          }
        }
      }
    }
    weightScales = scales
    bias = convolution.bias
    window = convolution.window
    groups = convolution.groups
    self.range = range
  }

  package func callAsFunction(
    _ input: Tensor, adding addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor {
    let problem = try ConvolutionProblem(
      of: [input, weight, bias], window: window, groups: groups, type: .int8)
    let shape = try problem.outputShape(adding: addend?.shape)
    var taken = addend.take()
    if let sum = taken, sum.scale == nil {
      taken = try sum.quantized(.int8, scale: ActivationRange.scale(of: sum, .int8))
    }
    return try ComputeThread.run { () throws(TensorError) in
      let output: ElementType = relu ? .uint8 : .int8
      let inputType: ElementType = input.scale == nil ? .int8 : input.elementType
      let inputScale = input.scale ?? ActivationRange.scale(ofLargest: range.input, .int8)
      let outputScale = ActivationRange.scale(ofLargest: range.output, output)
      let (scales, bias) = scaled.value(for: ScaleKey(input: inputScale, output: outputScale)) {
        scaledForResults(inputScale, outputScale)
      }
      let kernel = try Primitive.of(
        QuantizedConvolutionPrimitive(
          problem: problem, input: inputType, output: output, relu: relu,
          addend: taken.map { .init(type: $0.elementType, factor: ($0.scale ?? 1) / outputScale) },
          scales: scales))
      let source = kernel.memory(of: DNNL_ARG_SRC)
      let images =
        input.scale == nil
        ? try input.quantized(as: source, scale: inputScale) : try input.laidOut(as: source)
      let target = kernel.memory(of: DNNL_ARG_DST)
      var result: Tensor
      if let sum = taken.take() {
        result = try sum.owned(as: target.holding(sum.elementType)).viewed(as: output)
      } else {
        result = try kernel.output(DNNL_ARG_DST, shape)
      }
      result.scale = outputScale
      try kernel.execute([
        (DNNL_ARG_SRC, images),
        (DNNL_ARG_WEIGHTS, try filters(as: kernel.memory(of: DNNL_ARG_WEIGHTS))),
        (DNNL_ARG_BIAS, bias), (DNNL_ARG_DST, result),
      ])
      return result
    }
  }

  /// Returns the output scales and the bias in units of products, one unit being the input's scale times the filter's.
  private func scaledForResults(
    _ input: Float, _ output: Float
  ) -> (scales: OutputScales, bias: Tensor) {
    let units = weightScales.map { $0 * input }
    return (
      OutputScales(units.map { $0 / output }),
      Tensor(bias.shape, zip(bias.elements(), units).map { $0 / $1 })
    )
  }

  private func filters(as target: MemoryDescription) throws(TensorError) -> Tensor {
    try laidOut.value(for: target) { () throws(TensorError) in try weight.laidOut(as: target) }
  }
}

/// The largest magnitudes of a layer's inputs and outputs.
package struct ActivationRange: Sendable, Hashable, Codable {
  package var input: Float
  package var output: Float

  /// Creates a range, by default of zeros only.
  package init(input: Float = 0, output: Float = 0) {
    self.input = input
    self.output = output
  }

  /// Widens the range to include the values of an input and an output.
  package mutating func widen(input: Tensor, output: Tensor) throws(TensorError) {
    self.input = max(self.input, try Self.largest(of: input))
    self.output = max(self.output, try Self.largest(of: output))
  }

  private static func largest(of tensor: Tensor) throws(TensorError) -> Float {
    try tensor.rowMajor(as: .float32).withElements { $0.reduce(0) { max($0, abs($1)) } }
  }

  /// Returns the quantization scale for magnitudes up to `largest`. Tiny magnitudes are treated as 0, as their scale
  /// could be too small to divide by.
  static func scale(ofLargest largest: Float, _ type: ElementType) -> Float {
    largest > 1e-30 && largest.isFinite ? largest / (type == .uint8 ? 255 : 127) : 1
  }

  /// Returns the scale that quantizes the values of `tensor` without saturation.
  static func scale(of tensor: Tensor, _ type: ElementType) throws(TensorError) -> Float {
    scale(ofLargest: try largest(of: tensor), type)
  }
}

/// The scale of each output of a quantized convolution. Compared by identity, so that a kernel is found without
/// comparing hundreds of numbers.
final class OutputScales: Hashable {
  let scales: [Float]

  init(_ scales: [Float]) { self.scales = scales }

  static func == (left: OutputScales, right: OutputScales) -> Bool { left === right }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// The kernel of a quantized convolution.
struct QuantizedConvolutionPrimitive: PrimitiveSpecification {
  /// The type of the tensor to add and the factor to multiply it by.
  struct Addend: Hashable {
    let type: ElementType
    let factor: Float
  }

  let problem: ConvolutionProblem
  let input: ElementType
  let output: ElementType
  let relu: Bool
  let addend: Addend?
  let scales: OutputScales

  var operation: String { "convolution" }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    var made = dnnl_convolution_desc_t()
    var source = MemoryDescription.any(problem.inputLengths, input)
    var weight = MemoryDescription.any(problem.weightLengths, .int8)
    var bias = MemoryDescription.rowMajor([problem.outputChannels], .float32).value
    var target = MemoryDescription.any(problem.outputLengths, output)
    let padding = problem.window.padding.lengths.map { Int64($0) }
    try OneDNN.check(
      dnnl_dilated_convolution_forward_desc_init(
        &made, dnnl_forward_inference, dnnl_convolution_direct, &source, &weight, &bias, &target,
        problem.window.stride.lengths.map { Int64($0) },
        problem.window.dilation.lengths.map { Int64($0 - 1) }, padding, padding), operation)
    let attributes = PrimitiveAttributes()
    attributes.scaleOutputs(by: scales.scales)
    if let addend {
      attributes.append(sum: addend.type, scale: addend.factor, relu: relu)
    } else {
      attributes.append(sum: false, relu: relu)
    }
    return try attributes.description(of: &made, operation: operation)
  }
}
