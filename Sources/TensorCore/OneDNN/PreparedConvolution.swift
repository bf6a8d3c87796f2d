import COneDNN
import Errors

/// A convolution with filters that no longer change: rounded and laid out for the kernel once, with bias,
/// sum and max(x, 0) in its one pass over the memory. For predictions.
///
/// `@unchecked Sendable`: what changes is touched on oneDNN's thread alone.
package final class PreparedConvolution: FoldedConvolution, @unchecked Sendable {
  let weight: Tensor
  let bias: Tensor
  let window: Window
  let groups: Int
  private let type: ElementType
  /// The filters as each kernel that was used wants them.
  private var laidOut = LRUCache<MemoryDescription, Tensor>(capacity: 4)
  /// The filters for minimal filtering, ``MinimalFiltering/Filters``, once they were used so.
  private var transformed: Any?

  /// Filters `[outputs, channels / groups, height, width]` and a bias `[outputs]`, multiplied in `type`.
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

/// A convolution with a bias, a sum and max(x, 0) in its one pass over the memory.
package protocol FoldedConvolution: AnyObject, Sendable {
  /// The convolution of `input`, plus the bias, plus `addend`, then max(x, 0) where `relu`. The
  /// result takes over the memory of an addend that nobody else holds.
  ///
  /// Throws when the shapes do not fit.
  func callAsFunction(
    _ input: Tensor, adding addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor
}

extension Tensor {
  /// This tensor as `target` describes it, in memory of its own: copied only where it must be.
  consuming func owned(as target: MemoryDescription) throws(TensorError) -> Tensor {
    var own = self
    if own.description != target { own = try own.laidOut(as: target) }
    if !own.hasOwnStorage { own = try own.copied() }
    return own
  }
}
