import COneDNN
import Errors

/// The maximum or the mean of each channel over a sliding window.
struct Pooling: Operation {
  let kind: PoolingPrimitive.Kind
  let size: Extent
  let window: Window
  private var kept: (specification: PoolingPrimitive, workspace: Tensor?)?

  let runsKernels = true
  var name: String { kind == .maximum ? "maximum pooling" : "average pooling" }

  init(_ kind: PoolingPrimitive.Kind, size: Extent, window: Window) {
    self.kind = kind
    self.size = size
    self.window = window
  }

  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    let input = inputs[0]
    try input.expectImages(name)
    guard let extent = window.output(of: input.extent, size: size),
      window.padding.height * 2 <= size.height, window.padding.width * 2 <= size.width
    else {
      throw TensorError(
        .shapeMismatch, "an input of shape \(input.shape) under a window of \(size)", place: name,
        remedy: "The window must fit into the padded image, the padding be half of it at most.")
    }
    let specification = PoolingPrimitive(
      kind: kind, input: input.description, inputLengths: input.shape.dimensions, size: size,
      output: extent, window: window, isForward: true)
    let (output, workspace) = try ComputeThread.run { () throws(TensorError) -> (Tensor, Tensor?) in
      let kernel = try Primitive.of(specification)
      let output = try kernel.output(
        DNNL_ARG_DST, Shape(input.shape.dimensions.prefix(2) + extent.lengths))
      var arguments = [(DNNL_ARG_SRC, input), (DNNL_ARG_DST, output)]
      let workspace = try kernel.workspace()
      if let workspace { arguments.append((DNNL_ARG_WORKSPACE, workspace)) }
      try kernel.execute(arguments)
      return (output, workspace)
    }
    kept = (specification, workspace)
    return output
  }

  /// Each output's gradient goes to the first point that held its maximum, or in equal parts to all
  /// points of its mean.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    guard let (specification, workspace) = kept else { preconditionFailure("no forward pass") }
    return try ComputeThread.run { () throws(TensorError) in
      let kernel = try Primitive.of(specification.beingForward(false))
      let gradient = try kernel.output(DNNL_ARG_DIFF_SRC, inputs[0].shape)
      var arguments = [
        (DNNL_ARG_DIFF_DST, try outputGradient.laidOut(as: kernel.memory(of: DNNL_ARG_DIFF_DST))),
        (DNNL_ARG_DIFF_SRC, gradient),
      ]
      if let workspace { arguments.append((DNNL_ARG_WORKSPACE, workspace)) }
      try kernel.execute(arguments)
      return [.dense(gradient)]
    }
  }
}

extension Primitive {
  /// Memory for what the forward kernel notes for the backward one; nil when it notes nothing.
  func workspace() throws(TensorError) -> Tensor? {
    let memory = memory(of: DNNL_ARG_WORKSPACE)
    guard memory.byteCount > 0 else { return nil }
    return Tensor(
      shape: [memory.byteCount], elementType: .uint8, layout: .blocked(memory),
      storage: TensorStorage(byteCount: memory.byteCount))
  }
}

extension Tape {
  /// The maximum over windows of `size` on each channel of `[batch, channels, height, width]`; padding
  /// never wins. Throws when the window does not fit.
  package func maxPool(
    _ input: Variable, size: Extent, window: Window
  ) throws(TensorError) -> Variable {
    try apply(Pooling(.maximum, size: size, window: window), to: input)
  }

  /// The mean over windows of `size` on each channel of `[batch, channels, height, width]`; the padding
  /// counts as zeros unless `countsPadding` is false (PyTorch's `count_include_pad`). Throws when the
  /// window does not fit.
  package func averagePool(
    _ input: Variable, size: Extent, window: Window, countsPadding: Bool = true
  ) throws(TensorError) -> Variable {
    try apply(
      Pooling(.average(countsPadding: countsPadding), size: size, window: window), to: input)
  }
}
