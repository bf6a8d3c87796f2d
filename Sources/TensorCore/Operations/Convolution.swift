import COneDNN
import Errors

/// The 2D convolution (cross-correlation, as is usual in deep learning) of images with filters, plus an optional bias.
///
/// - Inputs: `[batch, channels, height, width]`; the filters `[outputs, channels / groups, height, width]`; optionally
///   the bias, `[outputs]`.
/// - Output: `[batch, outputs, height', width']`, of the element type of the computation.
struct Convolution: Operation {
  let name = "convolution"
  let runsKernels = true
  let window: Window
  let groups: Int
  /// The type of the computation, to which weights are rounded on use; nil for the input's own.
  let type: ElementType?
  /// The input and filters in the kernels' layouts, for the backward pass.
  private var prepared: (problem: ConvolutionProblem, input: Tensor, weight: Tensor)?

  init(window: Window, groups: Int, type: ElementType?) {
    self.window = window
    self.groups = groups
    self.type = type
  }

  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    let problem = try ConvolutionProblem(
      of: inputs, window: window, groups: groups, type: type ?? inputs[0].elementType)
    let (output, input, weight) = try ComputeThread.run {
      () throws(TensorError) -> (Tensor, Tensor, Tensor) in
      let bias = problem.hasBias ? try inputs[2].rowMajor() : nil
      if let fast = problem.minimalFiltering {
        let (output, input) = try fast.output(of: inputs[0], inputs[1], bias: bias)
        return (output, input, inputs[1])
      }
      let kernel = try Primitive.of(
        ConvolutionPrimitive(
          problem: problem,
          direction: ConvolutionPrimitive.plainForward))
      let input = try inputs[0].laidOut(as: kernel.memory(of: DNNL_ARG_SRC))
      let weight = try inputs[1].laidOut(as: kernel.memory(of: DNNL_ARG_WEIGHTS))
      let output = try kernel.output(DNNL_ARG_DST, Shape(problem.outputLengths))
      var arguments = [
        (DNNL_ARG_SRC, input), (DNNL_ARG_WEIGHTS, weight), (DNNL_ARG_DST, output),
      ]
      if let bias { arguments.append((DNNL_ARG_BIAS, bias)) }
      try kernel.execute(arguments)
      return (output, input, weight)
    }
    prepared = (problem, input, weight)
    return output
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    [
      ONNXOperator(
        "Conv", window.attributes(size: inputs[1].extent) + [("group", .integer(groups))])
    ]
  }

  /// The input's gradient is a convolution of the output's gradient with the rotated filters, the filters' one of the
  /// input with the output's gradient.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    guard let (problem, input, weight) = prepared else { preconditionFailure("no forward pass") }
    return try ComputeThread.run { () throws(TensorError) in
      var gradients = [Gradient?](repeating: nil, count: inputs.count)
      if needed[0] {
        let gradient = try problem.inputGradient(outputGradient, weight)
        // An input that was rounded gets its gradient in its original type.
        let type = inputs[0].elementType
        gradients[0] = .dense(type == problem.type ? gradient : try gradient.rowMajor(as: type))
      }
      if needed.dropFirst().contains(true) {
        let (byWeight, byBias) = try problem.weightGradient(
          input, outputGradient, shape: inputs[1].shape)
        gradients[1] = .dense(byWeight)
        if let byBias { gradients[2] = .dense(byBias) }
      }
      return gradients
    }
  }
}

extension ConvolutionProblem {
  /// Returns the gradient of the input. Must be called on oneDNN's thread.
  fileprivate func inputGradient(
    _ outputGradient: Tensor, _ weight: Tensor
  ) throws(TensorError) -> Tensor {
    if let fast = minimalFiltering {
      return try fast.inputGradient(outputGradient, weight)
    }
    let kernel = try Primitive.of(ConvolutionPrimitive(problem: self, direction: .inputGradient))
    let gradient = try kernel.output(DNNL_ARG_DIFF_SRC, Shape(inputLengths))
    try kernel.execute([
      (DNNL_ARG_DIFF_DST, try outputGradient.laidOut(as: kernel.memory(of: DNNL_ARG_DIFF_DST))),
      (DNNL_ARG_WEIGHTS, try weight.laidOut(as: kernel.memory(of: DNNL_ARG_WEIGHTS))),
      (DNNL_ARG_DIFF_SRC, gradient),
    ])
    return gradient
  }

  /// Returns the gradients of the filters, of the given shape, and of the bias. Must be called on oneDNN's thread.
  fileprivate func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor, shape: Shape
  ) throws(TensorError) -> (weight: Tensor, bias: Tensor?) {
    if !hasBias, let fast = minimalFiltering {
      return (try fast.weightGradient(input, outputGradient), nil)
    }
    let kernel = try Primitive.of(ConvolutionPrimitive(problem: self, direction: .weightGradient))
    let gradient = try kernel.output(DNNL_ARG_DIFF_WEIGHTS, shape)
    let bias = hasBias ? try kernel.output(DNNL_ARG_DIFF_BIAS, [outputChannels]) : nil
    var arguments = [
      (DNNL_ARG_SRC, try input.laidOut(as: kernel.memory(of: DNNL_ARG_SRC))),
      (DNNL_ARG_DIFF_DST, try outputGradient.laidOut(as: kernel.memory(of: DNNL_ARG_DIFF_DST))),
      (DNNL_ARG_DIFF_WEIGHTS, gradient),
    ]
    if let bias { arguments.append((DNNL_ARG_DIFF_BIAS, bias)) }
    try kernel.execute(arguments)
    return (gradient, bias)
  }
}

extension Tape {
  /// Returns the convolution of `[batch, channels, height, width]` with filters `[outputs, channels / groups, height,
  /// width]`, plus a bias `[outputs]`. Complexity: O(output elements x filter elements / outputs).
  ///
  /// `type` is the type of the multiplications, `bfloat16` or `float32`, and of the output; nil means the input's own.
  /// Filters and bias are `float32`, and so are their gradients.
  ///
  /// Throws if the shapes do not match, and `unsupported` if there is no kernel.
  package func convolution(
    _ input: Variable, _ filters: Variable, bias: Variable? = nil, window: Window = Window(),
    groups: Int = 1, type: ElementType? = nil
  ) throws(TensorError) -> Variable {
    try apply(
      Convolution(window: window, groups: groups, type: type),
      to: [input, filters] + (bias.map { [$0] } ?? []))
  }
}
