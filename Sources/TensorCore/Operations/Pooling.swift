import COneDNN
import Errors

/// Maximum or average pooling of each channel over a sliding window.
struct Pooling: Operation {
  let kind: PoolingKind
  let size: Extent
  let window: Window
  private var kept: (specification: PoolingPrimitive, workspace: Tensor?)?

  let runsKernels = true
  /// The maximum of quantized values is one of them; a mean is not.
  var takesQuantized: Bool { kind == .maximum }
  var name: String { kind.operation }

  init(_ kind: PoolingKind, size: Extent, window: Window) {
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
        remedy:
          "The window must fit into the padded image, and the padding be at most half the window.")
    }
    let specification = PoolingPrimitive(
      kind: kind, input: input.description, inputLengths: input.shape.dimensions, size: size,
      output: extent, window: window, isForward: true)
    let (output, workspace) = try ComputeThread.run { () throws(TensorError) -> (Tensor, Tensor?) in
      let kernel = try Primitive.of(specification)
      var output = try kernel.output(
        DNNL_ARG_DST, Shape(input.shape.dimensions.prefix(2) + extent.lengths))
      output.scale = input.scale
      let workspace = try kernel.workspace()
      try kernel.execute([(DNNL_ARG_SRC, input), (DNNL_ARG_DST, output)], workspace: workspace)
      return (output, workspace)
    }
    kept = (specification, workspace)
    return output
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    let isGlobal = size == inputs[0].extent && window == Window()
    switch kind {
    case .maximum:
      return [
        isGlobal
          ? ONNXOperator("GlobalMaxPool") : ONNXOperator("MaxPool", window.attributes(size: size))
      ]
    case .average where isGlobal: return [ONNXOperator("GlobalAveragePool")]
    // Before opset 19 average pooling has no dilation.
    case .average where window.dilation != Extent(1): return []
    case .average:
      return [
        ONNXOperator(
          "AveragePool",
          window.attributes(size: size).filter { $0.name != "dilations" }
            + [("count_include_pad", .integer(1))])
      ]
    }
  }

  /// Each output's gradient goes to the first point that held its maximum or, for an average, in equal parts to all its
  /// points.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    guard let (specification, workspace) = kept else { preconditionFailure("no forward pass") }
    return try ComputeThread.run { () throws(TensorError) in
      let kernel = try Primitive.of(specification.beingForward(false))
      let gradient = try kernel.output(DNNL_ARG_DIFF_SRC, inputs[0].shape)
      let outputGradient = try outputGradient.laidOut(as: kernel.memory(of: DNNL_ARG_DIFF_DST))
      try kernel.execute(
        [(DNNL_ARG_DIFF_DST, outputGradient), (DNNL_ARG_DIFF_SRC, gradient)], workspace: workspace)
      return [.dense(gradient)]
    }
  }
}

extension Primitive {
  /// Returns the workspace that the forward kernel fills for the backward one, or nil if it needs none.
  func workspace() throws(TensorError) -> Tensor? {
    let memory = memory(of: DNNL_ARG_WORKSPACE)
    guard memory.byteCount > 0 else { return nil }
    return Tensor(
      shape: [memory.byteCount], elementType: .uint8, layout: .blocked(memory),
      storage: TensorStorage(byteCount: memory.byteCount))
  }
}

extension Tape {
  /// Pools windows of `size` on each channel of `[batch, channels, height, width]`. Padding is never the maximum, and
  /// counts as zeros in an average. Throws if the window does not fit.
  package func pool(
    _ kind: PoolingKind, _ input: Variable, size: Extent, window: Window
  ) throws(TensorError) -> Variable {
    try apply(Pooling(kind, size: size, window: window), to: input)
  }

  /// Returns the maximum or mean of each channel of `[batch, channels, height, width]`, as `[batch, channels, 1, 1]`.
  /// Throws for an input of another rank.
  package func globalPool(
    _ kind: PoolingKind, _ input: Variable
  ) throws(TensorError) -> Variable {
    try input.value.expectImages(kind.operation)
    return try pool(kind, input, size: input.value.extent, window: Window())
  }
}
