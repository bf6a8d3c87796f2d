import COneDNN
import Errors
import Synchronization

/// A 3x3 convolution of images in single precision by Winograd's minimal filtering (see ``SingleWinogradTransforms``).
/// Used only on processors with AVX2 and FMA but without AVX-512, for which oneDNN has its own. Runs on oneDNN's
/// thread.
///
/// Results do not depend on the number of threads. They differ from those of direct multiplication by a few millionths
/// of their root mean square.
///
/// Complexity: 36 multiplications for 16 outputs of each pair of channels, compared with 144 by definition, and O(batch
/// x height x width x channels) for the transforms. Memory: ``threadSet`` bytes of tiles or ``fewestTiles`` tiles per
/// thread, and 36 numbers per filter of 9. The gradient of the filters takes up to eight times the latter, within
/// ``sumsLimit`` bytes.
struct SingleWinogradConvolution: MinimalFiltering {
  let problem: ConvolutionProblem

  /// The size of the tiles and products that a thread processes at a time, in bytes; about the size of its core's
  /// cache.
  private static let threadSet = 512 << 10
  /// The minimum number of tiles that justifies reading all filters.
  private static let fewestTiles = 48
  /// The minimum number of tiles if the products are added to sums.
  private static let fewestGradientTiles = 64
  /// The number of tiles that justifies a separate sum, computed by one thread.
  private static let tilesOfSum = 512
  /// The maximum size of all sums in bytes, if there are several.
  private static let sumsLimit = 16 << 20

  init?(_ problem: ConvolutionProblem) {
    guard OneDNN.lacksWinograd, problem.type == .float32, problem.suitsMinimalFiltering,
      min(problem.inputChannels, problem.outputChannels) >= 32
    else { return nil }
    // Few tiles do not justify reading four times as many filter numbers. Neither do tiles that extend past the edge.
    let tiles = SingleWinogradTiles(images: problem.batch, output: problem.output).count
    guard tiles >= 32, problem.batch * problem.output.height * problem.output.width >= tiles * 9
    else { return nil }
    self.problem = problem
  }

  /// Images are in blocks of 8 channels.
  static func memory(_ lengths: [Int]) -> MemoryDescription {
    MemoryDescription(MemoryDescription.value(lengths, .float32, dnnl_nChw8c))
  }

  func transformed(_ weight: Tensor, isTurned: Bool) throws(TensorError) -> SingleWinogradFilters {
    try SingleWinogradFilters(weight, isTurned: isTurned)
  }

  /// Each thread processes some tiles, or some outputs of them if there are few tiles, from the first transform to the
  /// last.
  func convolve(
    _ input: Tensor, padding: Extent, _ filters: SingleWinogradFilters, _ bias: Tensor?,
    _ addend: Tensor?,
    into output: Tensor, relu: Bool
  ) throws(TensorError) {
    let (inputs, outputs) = (input.shape[1], output.shape[1])
    let all = SingleWinogradTiles(images: problem.batch, output: output.extent)
    let fitting = Self.threadSet / ((inputs + outputs) * 144)
    let parts = all.parts(of: max(Self.fewestTiles, fitting))
    let groups = Self.groups(of: outputs / 16, for: parts.count)
    let most = parts.map(\.count).max() ?? 0
    let mostOutputs = (groups.map(\.count).max() ?? 0) * 16
    try Self.deal(parts.count * groups.count) { () throws(TensorError) in
      (
        try TileMatrices(tileCount: most, channels: inputs),
        try TileMatrices(tileCount: most, channels: mostOutputs),
        Tensor(uninitialized: [parts[0].scratchCount])
      )
    } work: { number, memory in
      let (tiles, group) = (parts[number / groups.count], groups[number % groups.count])
      let (transformed, products, scratch) = memory
      tiles.transformInput(
        input.stored(), channels: inputs, extent: input.extent, padding: padding, to: transformed,
        by: scratch.stored())
      for point in 0..<36 {
        for block in group {
          let right = filters.matrix(point: point, block: block)
          for tile in stride(from: 0, to: tiles.count, by: RegisterTile.rows) {
            RegisterTile.multiply(
              transformed[point: point] + tile * 16, step: transformed.capacity * 16,
              blocks: inputs / 16, right,
              to: products[point: point]
                + ((block - group.lowerBound) * products.capacity + tile) * 16)
          }
        }
      }
      tiles.transformOutput(
        products, channels: outputs, blocks: group, extent: output.extent, bias: bias?.stored(),
        addend: addend?.stored(), relu: relu, to: output.stored())
    }
    withExtendedLifetime((input, filters, bias, addend, output)) {}
  }

  /// Returns the gradient of the filters. For each of the 36 points of a transformed tile, multiplies the transposed
  /// tiles of the output gradient by those of the input, then transforms the products back. The chunks of tiles that
  /// are summed depend only on the shape.
  func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor
  ) throws(TensorError) -> Tensor {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let input = try input.laidOut(as: Self.memory(problem.inputLengths))
    let gradient = try outputGradient.laidOut(as: Self.memory(problem.outputLengths))
    let all = SingleWinogradTiles(images: problem.batch, output: problem.output)
    let fitting = Self.sumsLimit / (inputs * outputs * 144)
    let chunks = all.parts(count: max(1, min(8, fitting, all.count / Self.tilesOfSum)))
    let groups = Self.groups(of: outputs / 16, for: chunks.count)
    let tileCount = max(Self.fewestGradientTiles, Self.threadSet / ((inputs + outputs) * 144))
    let parts = chunks.map { $0.parts(of: tileCount) }
    let most = parts.joined().map(\.count).max() ?? 0
    let mostOutputs = (groups.map(\.count).max() ?? 0) * 16
    // The sums of the first chunk for each group, then those of the second, and so on.
    var sums: [FilterGradientSums] = []
    for number in 0..<chunks.count * groups.count {
      sums.append(
        try FilterGradientSums(
          outputBlocks: groups[number % groups.count], inputBlocks: inputs / 16))
    }
    let result = try Tensor(
      uninitialized: [outputs, inputs, 3, 3], .rowMajor([outputs, inputs, 3, 3], .float32),
      operation: "convolution")
    try Self.deal(chunks.count * groups.count) { () throws(TensorError) in
      (
        try TileMatrices(tileCount: most, channels: inputs),
        try TileMatrices(tileCount: most, channels: mostOutputs),
        Tensor(uninitialized: [all.scratchCount])
      )
    } work: { number, memory in
      let group = groups[number % groups.count]
      let (inputTiles, gradientTiles, scratch) = memory
      for tiles in parts[number / groups.count] {
        tiles.transformInput(
          input.stored(), channels: inputs, extent: problem.input, padding: problem.window.padding,
          to: inputTiles, by: scratch.stored())
        tiles.transformOutputGradient(
          gradient.stored(), channels: outputs, blocks: group, extent: problem.output,
          to: gradientTiles)
        sums[number].add(gradientTiles, inputTiles, tileCount: tiles.count)
      }
    }
    let target: UnsafeMutablePointer<Float> = result.stored()
    ParallelLoop.forEachPart(of: outputs / 16 * (inputs / 16)) { pairs in
      for pair in pairs {
        let (output, block) = (pair / (inputs / 16), pair % (inputs / 16))
        let places = sums.filter { $0.outputBlocks.contains(output) }
          .map { $0.pair(output: output, input: block) }
        FilterGradientSums.transform(
          places, inputs: inputs, to: target + (output * inputs + block) * 144)
      }
    }
    withExtendedLifetime((input, gradient, sums, result)) {}
    return result
  }

  /// Splits blocks of outputs into enough groups to occupy all threads, given `partCount` parts of the tiles.
  private static func groups(of blocks: Int, for partCount: Int) -> [Range<Int>] {
    let threads = ComputeContext.current.threadCount
    let count = min(blocks, (threads + partCount - 1) / partCount)
    return (0..<count).map { blocks * $0 / count..<blocks * ($0 + 1) / count }
  }

  /// Calls `work` with each number below `count`, on all threads, each with its own workspace. Throws what `workspace`
  /// throws.
  private static func deal<Workspace>(
    _ count: Int, _ workspace: () throws(TensorError) -> Workspace,
    work: (Int, Workspace) -> Void
  ) throws(TensorError) {
    var workspaces: [Workspace] = []
    for _ in 0..<min(ComputeContext.current.threadCount, count) {
      workspaces.append(try workspace())
    }
    let next = Atomic(0)
    ParallelLoop.forEachPart(of: workspaces.count) { numbers in
      for number in numbers {
        while true {
          let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard item < count else { break }
          work(item, workspaces[number])
        }
      }
    }
  }
}
