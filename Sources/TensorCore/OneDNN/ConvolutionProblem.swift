import Errors

/// The sizes and types of a convolution, independent of the algorithm.
struct ConvolutionProblem: Hashable {
  var batch: Int
  var inputChannels: Int
  var outputChannels: Int
  var groups: Int
  var input: Extent
  var size: Extent
  var output: Extent
  var window: Window
  /// The type of activations and weights in multiplications; sums are in single precision.
  var type: ElementType
  var hasBias: Bool

  var inputLengths: [Int] { [batch, inputChannels, input.height, input.width] }
  var outputLengths: [Int] { [batch, outputChannels, output.height, output.width] }
  /// The dimensions of the weights in oneDNN's grouped format.
  var weightLengths: [Int] {
    let plain = [outputChannels / groups, inputChannels / groups, size.height, size.width]
    return groups == 1 ? plain : [groups] + plain
  }

  /// Whether oneDNN may offer Winograd's minimal filtering (Lavin, Gray, "Fast algorithms for convolutional neural
  /// networks", 2016). That takes a quarter of the multiplications, in single precision, on processors with AVX-512.
  /// Otherwise see ``SingleWinogradConvolution`` and, for bfloat16, ``WinogradConvolution``.
  var suitsWinograd: Bool { type == .float32 && isPlain }

  /// Whether a ``MinimalFiltering`` of the matching type can compute it. They process 16 channels at a time and support
  /// a padding of at most 2.
  var suitsMinimalFiltering: Bool {
    isPlain && window.padding.height <= 2 && window.padding.width <= 2
      && inputChannels % 16 == 0 && outputChannels % 16 == 0
  }

  /// Whether the filters are 3x3, with stride and dilation 1, and one group.
  private var isPlain: Bool {
    size == Extent(3) && window.stride == Extent(1) && window.dilation == Extent(1) && groups == 1
  }
}

extension ConvolutionProblem {
  /// Creates the problem of convolving `inputs`: images, filters and optionally a bias. Throws if their shapes do not
  /// match.
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
        remedy: "With a padding of \(window.padding) the image is smaller than the filter: use "
          + "larger images.")
    }
    if inputs.count == 3, inputs[2].shape != [weight.shape[0]] {
      throw .shapes(
        weight.shape, inputs[2].shape, in: name, remedy: "The bias must have one number per output."
      )
    }
    self.init(
      batch: input.shape[0], inputChannels: input.shape[1], outputChannels: weight.shape[0],
      groups: groups, input: input.extent, size: size, output: output, window: window,
      type: type, hasBias: inputs.count == 3)
  }
  /// Returns the shape of the result. Throws if the tensor to be added has another.
  func outputShape(adding addend: Shape?) throws(TensorError) -> Shape {
    let shape = Shape(outputLengths)
    guard let other = addend, other != shape else { return shape }
    throw .shapes(
      shape, other, in: "convolution", remedy: "The added tensor must have the result's shape.")
  }
}
