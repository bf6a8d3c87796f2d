import COneDNN
import Errors

/// A convolution's filters, transformed for Winograd's filtering and laid out as the matrix products want
/// them: both once, when they are first asked for. Used on oneDNN's thread.
final class WinogradFilters {
  /// 16 matrices `[outputs, inputs]`.
  private let matrices: Tensor
  private var packed: [MemoryDescription: Tensor] = [:]

  /// Of filters `[outputs, inputs, 3, 3]`; for the way back turned around.
  init(
    _ weight: Tensor, _ problem: ConvolutionProblem, isTurned: Bool = false
  ) throws(TensorError) {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let weight = try weight.rowMajor(as: .float32)
    matrices = try Tensor(
      uninitialized: [16, outputs, inputs],
      isTurned
        ? PointwiseProductPrimitive.filters(
          count: 16, inner: outputs, columns: inputs, isTransposed: true)
        : PointwiseProductPrimitive.filters(
          count: 16, inner: inputs, columns: outputs, isTransposed: false),
      operation: "convolution")
    WinogradTransforms.filters(
      weight.stored(), inputs: inputs, outputs: outputs, isTurned: isTurned, to: matrices.stored())
    withExtendedLifetime(weight) {}
  }

  /// The matrices as `kernel` wants them.
  func packed(for kernel: Primitive) throws(TensorError) -> Tensor {
    let wanted = kernel.memory(of: DNNL_ARG_WEIGHTS)
    if let known = packed[wanted] { return known }
    let made = try matrices.laidOut(as: wanted)
    packed[wanted] = made
    return made
  }
}
