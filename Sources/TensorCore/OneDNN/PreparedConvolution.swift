import COneDNN
import Errors

/// A convolution with constant filters, for predictions. Filters are rounded and laid out for the kernel once. Bias,
/// sum and max(x, 0) are fused into a single pass over memory.
///
/// `@unchecked Sendable`: mutable state is accessed only on oneDNN's thread.
package final class PreparedConvolution: FoldedConvolution, @unchecked Sendable {
  let weight: Tensor
  let bias: Tensor
  let window: Window
  let groups: Int
  private let type: ElementType
  /// The filters in the layouts of the kernels used.
  private var laidOut = LRUCache<MemoryDescription, Tensor>(capacity: 4)
  /// The filters transformed for minimal filtering, ``MinimalFiltering/Filters``, after their first use.
  private var transformed: Any?

  /// Creates a convolution from filters `[outputs, channels / groups, height, width]` and a bias `[outputs]`,
  /// multiplied in `type`.
  package init(
    weight: Tensor, bias: Tensor, window: Window, groups: Int = 1, type: ElementType = .float32
  ) {
    self.weight = weight
    self.bias = bias
    self.window = window
    self.groups = groups
    self.type = type
  }

  package func callAsFunction(
    _ input: Tensor, adding addend: consuming Tensor? = nil, relu: Bool
  ) throws(TensorError) -> Tensor {
    let problem = try ConvolutionProblem(
      of: [input, weight, bias], window: window, groups: groups, type: type)
    let shape = try problem.outputShape(adding: addend?.shape)
    var taken = addend.take()
    return try ComputeThread.run { () throws(TensorError) in
      if let fast = problem.minimalFiltering {
        return try output(of: input, by: fast, bias: bias, addend: taken.take(), relu: relu)
      }
      let kernel = try Primitive.of(
        ConvolutionPrimitive(
          problem: problem,
          direction: .forward(
            isTraining: false, addsToOutput: taken != nil, relu: relu)))
      let output: Tensor
      if let sum = taken.take() {
        output = try sum.owned(as: kernel.memory(of: DNNL_ARG_DST))
      } else {
        output = try kernel.output(DNNL_ARG_DST, shape)
      }
      try kernel.execute([
        (DNNL_ARG_SRC, try input.laidOut(as: kernel.memory(of: DNNL_ARG_SRC))),
        (DNNL_ARG_WEIGHTS, try filters(as: kernel.memory(of: DNNL_ARG_WEIGHTS))),
        (DNNL_ARG_BIAS, bias), (DNNL_ARG_DST, output),
      ])
      return output
    }
  }

  private func output<Fast: MinimalFiltering>(
    of input: Tensor, by fast: Fast, bias: Tensor, addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor {
    let filters: Fast.Filters
    if let known = transformed as? Fast.Filters {
      filters = known
    } else {
      filters = try fast.transformed(weight, isTurned: false)
      transformed = filters
    }
    return try fast.forward(
      input.laidOut(as: Fast.memory(fast.problem.inputLengths)), filters, bias: bias,
      addend: addend.take()?.laidOut(as: Fast.memory(fast.problem.outputLengths)), relu: relu)
  }

  private func filters(as target: MemoryDescription) throws(TensorError) -> Tensor {
    try laidOut.value(for: target) { () throws(TensorError) in try weight.laidOut(as: target) }
  }
}

/// A convolution with a fused bias, sum and max(x, 0), in a single pass over memory.
package protocol FoldedConvolution: AnyObject, Sendable {
  /// Returns the convolution of `input`, plus the bias, plus `addend`, after max(x, 0) if `relu`. The result reuses the
  /// memory of `addend` if that is not shared.
  ///
  /// Throws if the shapes do not match.
  func callAsFunction(
    _ input: Tensor, adding addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor
}

extension Tensor {
  /// Returns this tensor in the layout `target` and in unshared memory, copying only if necessary.
  consuming func owned(as target: MemoryDescription) throws(TensorError) -> Tensor {
    var own = self
    if own.description != target { own = try own.laidOut(as: target) }
    if !own.hasOwnStorage { own = try own.copied() }
    return own
  }
}
