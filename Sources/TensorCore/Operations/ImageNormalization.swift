import COneDNN
import Errors

/// Batch normalisation (Ioffe, Szegedy, 2015) of images, with max(x, 0) where asked for:
/// `(x - mean) / sqrt(variance + epsilon) * weight + bias`.
///
/// Inputs: `[batch, channels, height, width]`, weight and bias `[channels]`.
struct ImageNormalization: Operation {
  let name = "batch norm"
  /// Mean and variance, `[channels]` each, where they are given.
  let given: ChannelStatistics?
  let relu: Bool
  let isTraining: Bool
  let epsilon: Float
  /// Takes what the input's statistics are.
  let found: (ChannelStatistics) -> Void
  private var kept: (statistics: ChannelStatistics, workspace: Tensor?)?

  init(
    given: ChannelStatistics?, relu: Bool, isTraining: Bool, epsilon: Float,
    found: @escaping (ChannelStatistics) -> Void
  ) {
    self.given = given
    self.relu = relu
    self.isTraining = isTraining
    self.epsilon = epsilon
    self.found = found
  }

  mutating func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    let input = inputs[0]
    try input.expectImages(name)
    let channels = input.shape[1]
    let count = input.elementCount / channels
    for other in [inputs[1], inputs[2], given?.mean, given?.variance] {
      guard let other, other.shape != [channels] else { continue }
      throw .shapes(
        input.shape, other.shape, in: name, remedy: "One number for each of the channels.")
    }
    guard given != nil || count > 1 else {
      throw TensorError(
        .shapeMismatch, "one number for each channel of the shape \(input.shape)", place: name,
        remedy: "A training batch needs two images or more.")
    }
    let (given, specification) = (given, specification(of: input))
    let (output, statistics, workspace) = try OneDNN.run {
      () throws(TensorError) -> (Tensor, ChannelStatistics, Tensor?) in
      let kernel = try Primitive.of(specification)
      let statistics = ChannelStatistics(
        mean: try given?.mean.rowMajor() ?? Tensor(uninitialized: [channels]),
        variance: try given?.variance.rowMajor() ?? Tensor(uninitialized: [channels]), count: count)
      let output = try kernel.output(DNNL_ARG_DST, input.shape)
      var arguments = [
        (DNNL_ARG_SRC, input), (DNNL_ARG_DST, output), (DNNL_ARG_MEAN, statistics.mean),
        (DNNL_ARG_VARIANCE, statistics.variance), (DNNL_ARG_SCALE, try inputs[1].rowMajor()),
        (DNNL_ARG_SHIFT, try inputs[2].rowMajor()),
      ]
      let workspace = try kernel.workspace()
      if let workspace { arguments.append((DNNL_ARG_WORKSPACE, workspace)) }
      try kernel.execute(arguments)
      return (output, statistics, workspace)
    }
    kept = (statistics, workspace)
    guard given == nil else { return output }
    found(statistics)
    // A relu in the kernel turns NaN into 0: a training that has come apart must be noticed.
    guard statistics.mean.sum.isFinite, statistics.variance.sum.isFinite else {
      return try output.mapped { _ in SIMD16(repeating: .nan) }
    }
    return output
  }

  /// With g the output's gradient (0 where the relu cut), n the numbers of a channel and
  /// x' the normalised input: sum of g x' by the weight, sum of g by the bias; by x, weight /
  /// sqrt(variance + epsilon) (g - (sum of g + x' sum of g x') / n), without the sums where the
  /// statistics were given.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    guard let (statistics, workspace) = kept else { preconditionFailure("no forward pass") }
    let specification = specification(of: inputs[0]).beingForward(false)
    return try OneDNN.run { () throws(TensorError) in
      let kernel = try Primitive.of(specification)
      let gradient = try kernel.output(DNNL_ARG_DIFF_SRC, inputs[0].shape)
      let weightGradient = Tensor(uninitialized: inputs[1].shape)
      let biasGradient = Tensor(uninitialized: inputs[2].shape)
      var arguments = [
        (DNNL_ARG_SRC, inputs[0]), (DNNL_ARG_MEAN, statistics.mean),
        (DNNL_ARG_VARIANCE, statistics.variance), (DNNL_ARG_SCALE, try inputs[1].rowMajor()),
        (DNNL_ARG_SHIFT, try inputs[2].rowMajor()),
        (DNNL_ARG_DIFF_DST, try outputGradient.laidOut(as: kernel.memory(of: DNNL_ARG_DIFF_DST))),
        (DNNL_ARG_DIFF_SRC, gradient), (DNNL_ARG_DIFF_SCALE, weightGradient),
        (DNNL_ARG_DIFF_SHIFT, biasGradient),
      ]
      if let workspace { arguments.append((DNNL_ARG_WORKSPACE, workspace)) }
      try kernel.execute(arguments)
      return zip(needed, [gradient, weightGradient, biasGradient]).map { $0 ? .dense($1) : nil }
    }
  }

  private func specification(of input: Tensor) -> NormalizationPrimitive {
    NormalizationPrimitive(
      input: input.description, statisticsAreGiven: given != nil, relu: relu,
      isTraining: isTraining, isForward: true, epsilon: epsilon)
  }
}

extension Tape {
  /// Batch normalisation of images `[batch, channels, height, width]` by their own statistics, which
  /// `found` is told, then max(x, 0) where `relu`. `weight` and `bias` are `[channels]`.
  ///
  /// Throws when the shapes do not fit, and for a single number a channel.
  package func normalizeImages(
    _ input: Variable, weight: Variable, bias: Variable, epsilon: Float = 1e-5,
    relu: Bool = false, found: @escaping (ChannelStatistics) -> Void
  ) throws(TensorError) -> Variable {
    try apply(
      ImageNormalization(
        given: nil, relu: relu, isTraining: true, epsilon: epsilon, found: found),
      to: input, weight, bias)
  }

  /// The same by statistics gathered before.
  package func normalizeImages(
    _ input: Variable, weight: Variable, bias: Variable, by statistics: ChannelStatistics,
    epsilon: Float = 1e-5, relu: Bool = false
  ) throws(TensorError) -> Variable {
    try apply(
      ImageNormalization(
        given: statistics, relu: relu, isTraining: isRecording, epsilon: epsilon
      ) { _ in },
      to: input, weight, bias)
  }
}
