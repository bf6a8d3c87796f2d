import Errors

/// The sizes and types of a convolution, whichever way it is computed.
struct ConvolutionProblem: Hashable {
  var batch: Int
  var inputChannels: Int
  var outputChannels: Int
  var groups: Int
  var input: Extent
  var size: Extent
  var output: Extent
  var window: Window
  /// The type that activations and weights are multiplied in; sums are single precision.
  var type: ElementType
  var hasBias: Bool

  var inputLengths: [Int] { [batch, inputChannels, input.height, input.width] }
  var outputLengths: [Int] { [batch, outputChannels, output.height, output.width] }
  /// In oneDNN's grouping.
  var weightLengths: [Int] {
    let plain = [outputChannels / groups, inputChannels / groups, size.height, size.width]
    return groups == 1 ? plain : [groups] + plain
  }

  /// Whether oneDNN may have Winograd's minimal filtering for it (Lavin, Gray, "Fast algorithms for
  /// convolutional neural networks", 2016): a quarter of the multiplications, in single precision, on
  /// processors with AVX-512. Without it see ``SingleWinogradConvolution``, for bfloat16 ``WinogradConvolution``.
  var suitsWinograd: Bool { type == .float32 && isPlain }

  /// Whether a ``MinimalFiltering`` can compute it, if the type is its own: they take 16 channels at a time, and a
  /// padding of 2 at the most.
  var suitsMinimalFiltering: Bool {
    isPlain && window.padding.height <= 2 && window.padding.width <= 2
      && inputChannels % 16 == 0 && outputChannels % 16 == 0
  }

  /// Whether its filters are 3x3, and go over all channels and each point of the image.
  private var isPlain: Bool {
    size == Extent(3) && window.stride == Extent(1) && window.dilation == Extent(1) && groups == 1
  }
}

extension ConvolutionProblem {
  /// The convolution of `inputs`: images, filters and, as a third, a bias. Throws when they do not
  /// fit.
  init(
    of inputs: [Tensor], window: Window, groups: Int, type: ElementType
  ) throws(TensorError) {
    let name = "convolution"
    let (input, weight) = (inputs[0], inputs[1])
    try input.expectImages(name)
    guard weight.shape.rank == 4, weight.elementCount > 0, groups > 0,
      weight.shape[0] % groups == 0, input.shape[1] == weight.shape[1] * groups
    else {
      throw .shapes(
        input.shape, weight.shape, in: name,
        remedy:
          "Filters must be [outputs, channels / groups, height, width], outputs a multiple of "
          + "the \(groups) groups.")
    }
    let size = weight.extent
    guard let output = window.output(of: input.extent, size: size) else {
      throw .shapes(
        input.shape, weight.shape, in: name,
        remedy: "With a padding of \(window.padding) the image is smaller than the filter: take "
          + "larger images.")
    }
    if inputs.count == 3, inputs[2].shape != [weight.shape[0]] {
      throw .shapes(
        weight.shape, inputs[2].shape, in: name, remedy: "The bias must have one number an output.")
    }
    self.init(
      batch: input.shape[0], inputChannels: input.shape[1], outputChannels: weight.shape[0],
      groups: groups, input: input.extent, size: size, output: output, window: window,
      type: type, hasBias: inputs.count == 3)
  }
  /// The result's shape. Throws when what is to be added to the result has another.
  func outputShape(adding addend: Shape?) throws(TensorError) -> Shape {
    let shape = Shape(outputLengths)
    guard let other = addend, other != shape else { return shape }
    throw .shapes(
      shape, other, in: "convolution", remedy: "What is added must have the result's shape.")
  }
}
