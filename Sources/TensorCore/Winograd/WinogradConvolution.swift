import COneDNN
import ExplainedErrors

/// A 3x3 convolution of bfloat16 pictures by Winograd's minimal filtering (see ``WinogradTransforms``),
/// around oneDNN's matrix products: oneDNN itself has it in single precision only. Runs on oneDNN's thread.
///
/// Compared with multiplying directly it rounds the transformed tiles and filters to bfloat16 once more:
/// the error grows about twofold.
///
/// Complexity: 16 multiplications for 4 outputs of each pair of channels, where the definition has 36, and
/// O(batch x height x width x channels) for the transforms. Memory: about 4 MB of tiles at a time, and 16
/// numbers for each filter's 9.
struct WinogradConvolution {
  let problem: ConvolutionProblem

  /// The bytes of transformed tiles that are worked on at a time: they shall stay in the cache.
  private static let workingSet = 4 << 20

  /// Nil where the problem does not suit, or direct multiplication is as fast.
  init?(_ problem: ConvolutionProblem) {
    guard problem.type == .bfloat16, OneDNN.supportsBFloat16, problem.size == Extent(3),
      problem.window.stride == Extent(1), problem.window.dilation == Extent(1), problem.groups == 1,
      problem.window.padding.height <= 2, problem.window.padding.width <= 2,
      problem.inputChannels % 16 == 0, problem.outputChannels % 16 == 0,
      min(problem.inputChannels, problem.outputChannels) >= 64,
      problem.batch * problem.output.height * problem.output.width >= 512
    else { return nil }
    self.problem = problem
  }

  /// Pictures in blocks of 16 channels.
  static func memory(_ lengths: [Int]) -> MemoryDescription {
    var value = dnnl_memory_desc_t()
    let status = dnnl_memory_desc_init_by_tag(
      &value, 4, lengths.map { Int64($0) }, dnnl_bf16, dnnl_nChw16c)
    precondition(status == dnnl_success, "no memory of \(lengths)")
    return .of(value)
  }

  /// The output, plus a bias, plus an addend, whose memory it takes over, then max(x, 0) where
  /// `rectifies`. `filters` as ``transformed(_:isTurned:)`` gives them; the addend lies as ``memory(_:)``
  /// says and is nobody else's.
  func forward(
    _ input: Tensor, _ filters: Tensor, bias: Tensor?, addend: Tensor? = nil, rectifies: Bool
  ) throws(TensorError) -> Tensor {
    let lengths = problem.outputLengths
    let output: Tensor
    if let addend {
      output = addend
    } else {
      output = try Tensor(
        uninitialized: Shape(lengths), Self.memory(lengths), operation: "convolution")
    }
    try convolve(
      input, problem.inputChannels, problem.input, padding: problem.window.padding, filters, bias,
      into: output, problem.outputChannels, problem.output, addsToOutput: addend != nil,
      rectifies: rectifies)
    return output
  }

  /// The derivative by the input: the convolution of the output's with the filters turned around.
  func inputGradient(
    _ outputGradient: Tensor, _ weight: Tensor
  ) throws(TensorError) -> Tensor {
    let lengths = problem.inputLengths
    let gradient = try Tensor(
      uninitialized: Shape(lengths), Self.memory(lengths), operation: "convolution")
    let padding = problem.window.padding
    try convolve(
      outputGradient.laidOut(as: Self.memory(problem.outputLengths)), problem.outputChannels,
      problem.output, padding: Extent(height: 2 - padding.height, width: 2 - padding.width),
      transformed(weight, isTurned: true), nil, into: gradient, problem.inputChannels,
      problem.input, addsToOutput: false, rectifies: false)
    return gradient
  }

  /// The derivative by the filters: for each of the 16 points of a transformed tile the product of the
  /// input's tiles, transposed, with the output gradient's, then transformed back.
  func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor
  ) throws(TensorError) -> Tensor {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let input = try input.laidOut(as: Self.memory(problem.inputLengths))
    let gradient = try outputGradient.laidOut(as: Self.memory(problem.outputLengths))
    let sums = try Tensor(
      uninitialized: [16, inputs, outputs], .rowMajor([16, inputs, outputs], .float32),
      operation: "convolution")
    let all = WinogradTiles(pictures: problem.batch, output: problem.output)
    for tiles in all.parts(of: Self.tileCount(channels: inputs + outputs)) {
      let kernel = try Primitive.of(
        MatrixBatchPrimitive(
          count: 16, rows: inputs, inner: tiles.count, columns: outputs, isLeftTransposed: true,
          addsToOutput: tiles.lines.lowerBound > 0))
      let left = try kernel.output(DNNL_ARG_SRC, [16, inputs, tiles.count])
      let right = try kernel.output(DNNL_ARG_WEIGHTS, [16, tiles.count, outputs])
      tiles.transformInput(
        input.stored(), channels: inputs, extent: problem.input,
        padding: problem.window.padding, to: left.stored())
      tiles.transformOutputGradient(
        gradient.stored(), channels: outputs, extent: problem.output,
        to: right.stored())
      try kernel.execute([
        (DNNL_ARG_SRC, left), (DNNL_ARG_WEIGHTS, right), (DNNL_ARG_DST, sums),
      ])
    }
    let result = try Tensor(
      uninitialized: [outputs, inputs, 3, 3], .rowMajor([outputs, inputs, 3, 3], .float32),
      operation: "convolution")
    WinogradTransforms.filterGradient(
      sums.stored(), inputs: inputs, outputs: outputs, to: result.stored())
    withExtendedLifetime((input, gradient, sums)) {}
    return result
  }

  /// Filters `[outputs, inputs, 3, 3]` of single precision as 16 matrices `[inputs, outputs]`; turned
  /// around for the way back as `[outputs, inputs]`.
  func transformed(_ weight: Tensor, isTurned: Bool = false) throws(TensorError) -> Tensor {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let weight = try weight.rowMajor(as: .float32)
    let lengths = isTurned ? [16, outputs, inputs] : [16, inputs, outputs]
    let result = try Tensor(
      uninitialized: Shape(lengths), .rowMajor(lengths, .bfloat16), operation: "convolution")
    WinogradTransforms.filters(
      weight.stored(), inputs: inputs, outputs: outputs, isTurned: isTurned, to: result.stored())
    withExtendedLifetime(weight) {}
    return result
  }

  private func convolve(
    _ input: Tensor, _ inputs: Int, _ inputExtent: Extent, padding: Extent, _ filters: Tensor,
    _ bias: Tensor?, into output: Tensor, _ outputs: Int, _ outputExtent: Extent,
    addsToOutput: Bool, rectifies: Bool
  ) throws(TensorError) {
    let all = WinogradTiles(pictures: problem.batch, output: outputExtent)
    for tiles in all.parts(of: Self.tileCount(channels: inputs + 2 * outputs)) {
      let kernel = try Primitive.of(
        MatrixBatchPrimitive(
          count: 16, rows: tiles.count, inner: inputs, columns: outputs, isLeftTransposed: false,
          addsToOutput: false))
      let left = try kernel.output(DNNL_ARG_SRC, [16, tiles.count, inputs])
      let product = try kernel.output(DNNL_ARG_DST, [16, tiles.count, outputs])
      tiles.transformInput(
        input.stored(), channels: inputs, extent: inputExtent,
        padding: padding, to: left.stored())
      try kernel.execute([
        (DNNL_ARG_SRC, left), (DNNL_ARG_WEIGHTS, filters), (DNNL_ARG_DST, product),
      ])
      tiles.transformOutput(
        product.stored(), channels: outputs, extent: outputExtent, bias: bias?.stored(),
        addsToTarget: addsToOutput, rectifies: rectifies,
        to: output.stored())
    }
    withExtendedLifetime((input, filters, bias, output)) {}
  }

  /// How many tiles of so many bfloat16 channels, 16 matrices of them, make the working set.
  private static func tileCount(channels: Int) -> Int { workingSet / (channels * 32) }
}

extension Tensor {
  /// Where the elements begin, as they are stored. The caller keeps the tensor alive.
  fileprivate func stored<Element>() -> UnsafeMutablePointer<Element> {
    storedBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Element.self)
  }
}
