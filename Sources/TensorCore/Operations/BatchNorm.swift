import COneDNN
import Errors

/// Batch normalisation (Ioffe, Szegedy, 2015) of rows `[n, channels]`: `(x - mean) / sqrt(variance + epsilon) * weight
/// + bias`, with mean, variance, weight and bias per channel. The shape alone determines the order of computation. For
/// images see ``ImageBatchNorm``.
///
/// Inputs: x, weight `[channels]`, bias `[channels]`.
struct BatchNorm: Operation {
  static let operation = "batch norm"
  let name = Self.operation
  let statistics: ChannelStatistics
  /// Whether the statistics are those of the input and the gradient includes them.
  let areOfInput: Bool
  let epsilon: Float

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 3)
    let input = inputs[0]
    guard input.shape.rank == 2 else {
      throw TensorError(
        .shapeMismatch, "an input of shape \(input.shape)", place: name,
        remedy: "It must be [samples, channels] or [batch, channels, height, width].")
    }
    for other in [inputs[1].shape, inputs[2].shape, statistics.mean.shape]
    where other != [input.shape[1]] {
      throw .shapes(
        input.shape, other, in: name,
        remedy: "One number per channel (the second dimension) is needed.")
    }
    let scales = statistics.scales(weight: inputs[1], epsilon: epsilon)
    let shape = input.shape
    return Tensor(shape) { output in
      input.withElements { input in
        statistics.mean.withElements { means in
          inputs[2].withElements { biases in
            scales.withUnsafeBufferPointer { scales in
              shape.forEachOfRows { position, channel in
                output[position] =
                  (input[position] - means[channel]) * scales[channel] + biases[channel]
              }
            }
          }
        }
      }
    }
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    areOfInput ? [] : [statistics.onnxOperator(epsilon: epsilon)]
  }

  /// With g the output's gradient, n the values per channel, d = 1 / sqrt(variance + epsilon) and x' = (x - mean) d,
  /// the gradients are:
  ///
  /// - bias: the sum of g;
  /// - weight: the sum of g x';
  /// - x: weight d g or, if the statistics are those of the input, weight d (g - (sum of g + x' sum of g x') / n).
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let input = inputs[0]
    let shape = input.shape
    let deviations = statistics.inverseDeviations(epsilon)
    let means = statistics.mean.elements()
    let (biasSums, weightSums) = outputGradient.withElements { gradient in
      input.withElements { input in
        deviations.withUnsafeBufferPointer { deviations in
          means.withUnsafeBufferPointer { means in
            (
              shape.sumsOfChannels { position, _ in gradient[position] },
              shape.sumsOfChannels { position, channel in
                gradient[position] * (input[position] - means[channel]) * deviations[channel]
              }
            )
          }
        }
      }
    }
    var gradients: [Gradient?] = [nil, nil, nil]
    if needed[1] { gradients[1] = .dense(Tensor([shape[1]], weightSums.map { Float($0) })) }
    if needed[2] { gradients[2] = .dense(Tensor([shape[1]], biasSums.map { Float($0) })) }
    guard needed[0] else { return gradients }
    let scales = zip(deviations, inputs[1].elements()).map { $0 * $1 }
    let perElement = areOfInput ? 1 / Double(shape[0]) : 0
    // g - offset - (x - mean) slope.
    let offsets = biasSums.map { Float($0 * perElement) }
    let slopes = zip(weightSums, deviations).map { Float($0 * perElement) * $1 }
    gradients[0] = .dense(
      Tensor(shape) { result in
        outputGradient.withElements { gradient in
          input.withElements { input in
            scales.withUnsafeBufferPointer { scales in
              offsets.withUnsafeBufferPointer { offsets in
                slopes.withUnsafeBufferPointer { slopes in
                  means.withUnsafeBufferPointer { means in
                    shape.forEachOfRows { position, channel in
                      let centred = input[position] - means[channel]
                      result[position] =
                        scales[channel]
                        * (gradient[position] - offsets[channel] - centred * slopes[channel])
                    }
                  }
                }
              }
            }
          }
        }
      })
    return gradients
  }
}

/// ``BatchNorm`` of images by oneDNN, with an optional max(x, 0), in one pass over memory.
///
/// Inputs: `[batch, channels, height, width]`, weight and bias `[channels]`.
struct ImageBatchNorm: Operation {
  let name = BatchNorm.operation
  let runsKernels = true
  /// The given mean and variance, `[channels]` each; nil to use those of the input.
  let given: ChannelStatistics?
  let relu: Bool
  let isTraining: Bool
  let epsilon: Float
  /// Receives the input's statistics if none are given.
  let gather: (ChannelStatistics) -> Void
  private var kept: (statistics: ChannelStatistics, workspace: Tensor?)?

  init(
    given: ChannelStatistics?, relu: Bool, isTraining: Bool, epsilon: Float,
    gather: @escaping (ChannelStatistics) -> Void
  ) {
    self.given = given
    self.relu = relu
    self.isTraining = isTraining
    self.epsilon = epsilon
    self.gather = gather
  }

  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    let input = inputs[0]
    try input.expectImages(name)
    let channels = input.shape[1]
    let count = input.elementCount / channels
    for other in [inputs[1], inputs[2], given?.mean, given?.variance] {
      guard let other, other.shape != [channels] else { continue }
      throw .shapes(
        input.shape, other.shape, in: name, remedy: "One number per channel is needed.")
    }
    guard given != nil || count > 1 else {
      throw TensorError(
        .shapeMismatch, "only one number per channel in the shape \(input.shape)", place: name,
        remedy: "A training batch needs two images or more.")
    }
    let (given, specification) = (given, specification(of: input))
    let (output, statistics, workspace) = try ComputeThread.run {
      () throws(TensorError) -> (Tensor, ChannelStatistics, Tensor?) in
      let kernel = try Primitive.of(specification)
      let statistics = ChannelStatistics(
        mean: try given?.mean.rowMajor() ?? Tensor(uninitialized: [channels]),
        variance: try given?.variance.rowMajor() ?? Tensor(uninitialized: [channels]), count: count)
      let output = try kernel.output(DNNL_ARG_DST, input.shape)
      let workspace = try kernel.workspace()
      try kernel.execute(
        [
          (DNNL_ARG_SRC, input), (DNNL_ARG_DST, output), (DNNL_ARG_MEAN, statistics.mean),
          (DNNL_ARG_VARIANCE, statistics.variance), (DNNL_ARG_SCALE, inputs[1].rowMajor()),
          (DNNL_ARG_SHIFT, inputs[2].rowMajor()),
        ], workspace: workspace)
      return (output, statistics, workspace)
    }
    kept = (statistics, workspace)
    guard given == nil else { return output }
    gather(statistics)
    // The kernel's ReLU turns NaN into 0, but a diverged training must be noticed.
    guard statistics.mean.sum.isFinite, statistics.variance.sum.isFinite else {
      return try output.mapped { _ in SIMD16(repeating: .nan) }
    }
    return output
  }

  func operators(for inputs: [Tensor], output: Tensor) -> [ONNXOperator] {
    guard let given else { return [] }
    return [given.onnxOperator(epsilon: epsilon)] + (relu ? [ONNXOperator("Relu")] : [])
  }

  /// With g the output's gradient (0 where relu clipped), n the values per channel and x' the normalised input, the
  /// gradients are:
  ///
  /// - weight: the sum of g x';
  /// - bias: the sum of g;
  /// - x: weight / sqrt(variance + epsilon) (g - (sum of g + x' sum of g x') / n), without the sums if statistics were
  ///   given.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    guard let (statistics, workspace) = kept else { preconditionFailure("no forward pass") }
    let specification = specification(of: inputs[0]).beingForward(false)
    return try ComputeThread.run { () throws(TensorError) in
      let kernel = try Primitive.of(specification)
      let gradient = try kernel.output(DNNL_ARG_DIFF_SRC, inputs[0].shape)
      let weightGradient = Tensor(uninitialized: inputs[1].shape)
      let biasGradient = Tensor(uninitialized: inputs[2].shape)
      try kernel.execute(
        [
          (DNNL_ARG_SRC, inputs[0]), (DNNL_ARG_MEAN, statistics.mean),
          (DNNL_ARG_VARIANCE, statistics.variance), (DNNL_ARG_SCALE, inputs[1].rowMajor()),
          (DNNL_ARG_SHIFT, inputs[2].rowMajor()),
          (DNNL_ARG_DIFF_DST, outputGradient.laidOut(as: kernel.memory(of: DNNL_ARG_DIFF_DST))),
          (DNNL_ARG_DIFF_SRC, gradient), (DNNL_ARG_DIFF_SCALE, weightGradient),
          (DNNL_ARG_DIFF_SHIFT, biasGradient),
        ], workspace: workspace)
      return zip(needed, [gradient, weightGradient, biasGradient]).map { $0 ? .dense($1) : nil }
    }
  }

  private func specification(of input: Tensor) -> NormalizationPrimitive {
    NormalizationPrimitive(
      input: input.description, statisticsAreGiven: given != nil, relu: relu,
      isTraining: isTraining, isForward: true, epsilon: epsilon)
  }
}

/// Batch normalisation, forward or backward.
struct NormalizationPrimitive: TwoWaySpecification {
  let input: MemoryDescription
  /// Whether the statistics are given; otherwise those of the input are used.
  let statisticsAreGiven: Bool
  /// Whether max(x, 0) is applied to the result.
  let relu: Bool
  /// Whether a backward pass follows, for which relu fills a workspace.
  let isTraining: Bool
  var isForward: Bool
  let epsilon: Float

  var operation: String { BatchNorm.operation }

  func makeDescription(
    _ attributes: borrowing PrimitiveAttributes, beside forward: dnnl_primitive_desc_t?
  ) throws(TensorError) -> dnnl_primitive_desc_t {
    var flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
    if statisticsAreGiven { flags |= dnnl_use_global_stats.rawValue }
    if relu { flags |= dnnl_fuse_norm_relu.rawValue }
    var made = dnnl_batch_normalization_desc_t()
    let status = withUnsafePointer(to: input.value) { data in
      isForward
        ? dnnl_batch_normalization_forward_desc_init(
          &made, isTraining ? dnnl_forward_training : dnnl_forward_inference, data, epsilon, flags)
        : dnnl_batch_normalization_backward_desc_init(
          &made, dnnl_backward, data, data, epsilon, flags)
    }
    try OneDNN.check(status, operation)
    return try attributes.description(of: &made, beside: forward, operation: operation)
  }
}

extension Tape {
  /// Normalises `input`, rows `[n, channels]` or images, then applies max(x, 0) if `relu`. Uses the given statistics
  /// or, if nil, as in training, those of the input, which are passed to `gather`. `weight` and `bias` are
  /// `[channels]`.
  ///
  /// Images, `[n, channels, height, width]`, may be `bfloat16`, and keep their layout. Throws if the shapes do not
  /// match, or if a channel has a single value and no statistics are given.
  package func batchNorm(
    _ input: Variable, weight: Variable, bias: Variable, by given: ChannelStatistics? = nil,
    epsilon: Float = 1e-5, relu: Bool = false,
    gather: @escaping (ChannelStatistics) -> Void = { _ in }
  ) throws(TensorError) -> Variable {
    guard input.shape.rank != 4 else {
      return try apply(
        ImageBatchNorm(
          given: given, relu: relu, isTraining: given == nil || isRecording, epsilon: epsilon,
          gather: gather), to: input, weight, bias)
    }
    let statistics = if let given { given } else { try ChannelStatistics(of: input.value) }
    let output = try apply(
      BatchNorm(statistics: statistics, areOfInput: given == nil, epsilon: epsilon),
      to: input, weight, bias)
    if given == nil { gather(statistics) }
    return relu ? try self.relu(output) : output
  }
}
