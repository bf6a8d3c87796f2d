import COneDNN
import Errors
import Synchronization

/// A 3x3 convolution of bfloat16 images by Winograd's minimal filtering (see ``WinogradTransforms``), using oneDNN's
/// matrix products. oneDNN itself supports it in single precision only. Runs on oneDNN's thread.
///
/// Compared with direct multiplication, it rounds the transformed tiles and filters to bfloat16 once more, which
/// roughly doubles the error.
///
/// Complexity: 16 multiplications for 4 outputs of each pair of channels, compared with 36 by definition, and O(batch x
/// height x width x channels) for the transforms. Memory: about 1 MB of tiles per thread and 16 numbers per filter of
/// 9. The gradient of the filters takes the latter in each thread.
struct WinogradConvolution: MinimalFiltering {
  let problem: ConvolutionProblem

  /// The size of the tiles and products that a thread processes at a time, in bytes; they should stay in its core's
  /// cache.
  static let threadSet = 768 << 10
  /// The minimum number of tiles that justifies reading all filters.
  private static let fewestTiles = 64
  /// The minimum number of tiles for a gradient. With fewer, adding up products would take longer than multiplying.
  private static let fewestTilesOfGradient = 256

  init?(_ problem: ConvolutionProblem) {
    guard problem.type == .bfloat16, OneDNN.supportsBFloat16, problem.suitsMinimalFiltering,
      min(problem.inputChannels, problem.outputChannels) >= 64,
      problem.batch * problem.output.height * problem.output.width >= 512
    else { return nil }
    self.problem = problem
  }

  /// Images are in blocks of 16 channels.
  static func memory(_ lengths: [Int]) -> MemoryDescription {
    MemoryDescription(MemoryDescription.value(lengths, .bfloat16, dnnl_nChw16c))
  }

  func transformed(_ weight: Tensor, isTurned: Bool) throws(TensorError) -> WinogradFilters {
    try WinogradFilters(weight, problem, isTurned: isTurned)
  }

  /// Returns the gradient of the filters. For each of the 16 points of a transformed tile, multiplies the transposed
  /// tiles of the output gradient by those of the input, then transforms the products back.
  func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor
  ) throws(TensorError) -> Tensor {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let input = try input.laidOut(as: Self.memory(problem.inputLengths))
    let gradient = try outputGradient.laidOut(as: Self.memory(problem.outputLengths))
    let all = WinogradTiles(images: problem.batch, output: problem.output)
    let fitting = Self.threadSet / ((inputs + outputs) * 32)
    let parts = all.parts(
      of: max(Self.fewestTilesOfGradient, fitting), for: ComputeContext.current.threadCount)
    let lengths = Set(parts.map(\.count))
    let sums = try Self.deal(parts) { () throws(TensorError) in
      try WinogradGradientSums(of: lengths, inputs: inputs, outputs: outputs)
    } work: { tiles, sums in
      tiles.transformInput(
        input.stored(), channels: inputs, extent: problem.input, padding: problem.window.padding,
        as: .rows(channels: inputs, count: tiles.count), to: sums.inputTiles.stored())
      tiles.transformOutputGradient(
        gradient.stored(), channels: outputs, extent: problem.output,
        as: .rows(channels: outputs, count: tiles.count), to: sums.gradientTiles.stored())
      return sums.add(tileCount: tiles.count)
    }
    let result = try Tensor(
      uninitialized: [outputs, inputs, 3, 3], .rowMajor([outputs, inputs, 3, 3], .float32),
      operation: "convolution")
    WinogradTransforms.filterGradient(
      sums.map { UnsafePointer<Float>($0.sums.stored()) }, inputs: inputs, outputs: outputs,
      to: result.stored())
    withExtendedLifetime((input, gradient, sums)) {}
    return result
  }

  func convolve(
    _ input: Tensor, padding: Extent, _ filters: WinogradFilters, _ bias: Tensor?,
    _ addend: Tensor?,
    into output: Tensor, relu: Bool
  ) throws(TensorError) {
    let (inputs, outputs) = (input.shape[1], output.shape[1])
    let all = WinogradTiles(images: problem.batch, output: output.extent)
    let fitting = Self.threadSet / ((inputs + 2 * outputs) * 32)
    let parts = all.parts(
      of: max(Self.fewestTiles, fitting), for: ComputeContext.current.threadCount)
    let lengths = Set(parts.map(\.count))
    try Self.deal(parts) { () throws(TensorError) in
      try WinogradProducts(of: lengths, inputs: inputs, outputs: outputs, filters)
    } work: { tiles, products in
      let order = WinogradTiles.Order.blocked(channels: inputs, count: tiles.count)
      tiles.transformInput(
        input.stored(), channels: inputs, extent: input.extent, padding: padding, as: order,
        to: products.tiles.stored())
      let status = products.multiply(tileCount: tiles.count)
      tiles.transformOutput(
        products.products.stored(), channels: outputs, extent: output.extent, bias: bias?.stored(),
        addend: addend?.stored(), relu: relu, to: output.stored())
      return status
    }
    withExtendedLifetime((input, filters, bias, addend, output)) {}
  }

  /// Distributes the parts over the team and returns its workspaces. Each thread takes its parts from the first
  /// transform to the last, in its own workspace, which stays in its core's cache, so that no thread waits for another
  /// in between. Throws what `workspace` throws, or the error of a kernel's status.
  @discardableResult
  static func deal<Workspace>(
    _ parts: [WinogradTiles], _ workspace: () throws(TensorError) -> Workspace,
    work: (WinogradTiles, Workspace) -> dnnl_status_t
  ) throws(TensorError) -> [Workspace] {
    var workspaces: [Workspace] = []
    for _ in 0..<min(ComputeContext.current.threadCount, parts.count) {
      workspaces.append(try workspace())
    }
    let failure = Atomic(dnnl_success.rawValue)
    ParallelLoop.forEachPart(of: workspaces.count) { numbers in
      for number in numbers {
        let first = parts.count * number / workspaces.count
        for tiles in parts[first..<parts.count * (number + 1) / workspaces.count] {
          let status = work(tiles, workspaces[number])
          if status != dnnl_success { failure.store(status.rawValue, ordering: .relaxed) }
        }
      }
    }
    try OneDNN.check(dnnl_status_t(failure.load(ordering: .relaxed)), "convolution")
    return workspaces
  }
}
