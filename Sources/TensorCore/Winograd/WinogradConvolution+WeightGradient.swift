import COneDNN
import Errors

extension WinogradConvolution {
  /// Fewer tiles at a time would make more of adding their products up than of multiplying.
  private static let fewestTilesOfGradient = 256

  /// The derivative by the filters: for each of the 16 points of a transformed tile the product of the
  /// output gradient's tiles, transposed, with the input's, then transformed back.
  func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor
  ) throws(TensorError) -> Tensor {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let input = try input.laidOut(as: Self.memory(problem.inputLengths))
    let gradient = try outputGradient.laidOut(as: Self.memory(problem.outputLengths))
    let all = WinogradTiles(images: problem.batch, output: problem.output)
    let fitting = Self.threadSet / ((inputs + outputs) * 32)
    let parts = all.parts(of: max(Self.fewestTilesOfGradient, fitting), for: OneDNN.threadCount)
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
}
