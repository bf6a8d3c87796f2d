import COneDNN

/// One of the primitives of a convolution: the forward pass or a gradient.
struct ConvolutionPrimitive: PrimitiveSpecification {
  enum Direction: Hashable {
    /// The forward pass, for training or with a fused addition and activation.
    case forward(isTraining: Bool, addsToOutput: Bool, relu: Bool)
    case inputGradient
    case weightGradient
  }

  let problem: ConvolutionProblem
  let direction: Direction

  var operation: String { "convolution" }

  /// The forward pass in training, which is also the hint for the backward kernels.
  static let plainForward = Direction.forward(
    isTraining: true, addsToOutput: false, relu: false)

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    if problem.suitsWinograd, let found = try? makeDescription(dnnl_convolution_winograd) {
      return found
    }
    return try makeDescription(dnnl_convolution_direct)
  }

  private func makeDescription(
    _ algorithm: dnnl_alg_kind_t
  ) throws(TensorError) -> dnnl_primitive_desc_t {
    var forward: dnnl_primitive_desc_t?
    defer { if let forward { dnnl_primitive_desc_destroy(forward) } }
    if case .forward = direction {
    } else {
      // The hint is accepted only if it uses the same algorithm.
      forward = try Self(problem: problem, direction: Self.plainForward).makeDescription(algorithm)
    }
    var operationDescription = try operationDescription(algorithm)
    let attributes = PrimitiveAttributes()
    if case .forward(_, let sum, let relu) = direction {
      attributes.append(sum: sum, relu: relu)
    }
    return try attributes.description(
      of: &operationDescription, beside: forward, operation: operation)
  }

  private func operationDescription(
    _ algorithm: dnnl_alg_kind_t
  ) throws(TensorError) -> dnnl_convolution_desc_t {
    var made = dnnl_convolution_desc_t()
    var input = MemoryDescription.any(problem.inputLengths, problem.type)
    // Weight gradients are kept in single precision, like the weights.
    let weightType = direction == .weightGradient ? .float32 : problem.type
    var weight = MemoryDescription.any(problem.weightLengths, weightType)
    var bias = MemoryDescription.rowMajor([problem.outputChannels], .float32).value
    var output = MemoryDescription.any(problem.outputLengths, problem.type)
    let strides = problem.window.stride.lengths.map { Int64($0) }
    // oneDNN counts the gaps between filter points.
    let gaps = problem.window.dilation.lengths.map { Int64($0 - 1) }
    let padding = problem.window.padding.lengths.map { Int64($0) }
    let status =
      switch direction {
      case .forward(let isTraining, _, _):
        withUnsafePointer(to: &bias) { bias in
          dnnl_dilated_convolution_forward_desc_init(
            &made, isTraining ? dnnl_forward_training : dnnl_forward_inference, algorithm, &input,
            &weight, problem.hasBias ? bias : nil, &output, strides, gaps, padding, padding)
        }
      case .inputGradient:
        dnnl_dilated_convolution_backward_data_desc_init(
          &made, algorithm, &input, &weight, &output, strides, gaps, padding, padding)
      case .weightGradient:
        withUnsafePointer(to: &bias) { bias in
          dnnl_dilated_convolution_backward_weights_desc_init(
            &made, algorithm, &input, &weight, problem.hasBias ? bias : nil, &output, strides, gaps,
            padding, padding)
        }
      }
    try OneDNN.check(status, operation)
    return made
  }
}
