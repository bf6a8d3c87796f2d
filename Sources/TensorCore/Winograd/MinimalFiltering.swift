import Errors

/// A 3x3 convolution by Latent's own Winograd minimal filtering, for problems that oneDNN would compute directly. Runs
/// on oneDNN's thread.
protocol MinimalFiltering {
  /// Transformed filters, which can be reused.
  associatedtype Filters

  /// Returns nil if the problem is unsuitable or direct multiplication is as fast.
  init?(_ problem: ConvolutionProblem)

  var problem: ConvolutionProblem { get }

  /// Returns the memory format of images.
  static func memory(_ lengths: [Int]) -> MemoryDescription

  /// Transforms filters `[outputs, inputs, 3, 3]`. If `isTurned`, as for the input gradient, they are rotated by 180°
  /// and their inputs and outputs are swapped.
  func transformed(_ weight: Tensor, isTurned: Bool) throws(TensorError) -> Filters

  /// Writes the convolution of `input`, plus a bias, plus an addend, after max(x, 0) if `relu`, to `output`, which may
  /// be the addend. All images have the format ``memory(_:)``.
  func convolve(
    _ input: Tensor, padding: Extent, _ filters: Filters, _ bias: Tensor?, _ addend: Tensor?,
    into output: Tensor, relu: Bool
  ) throws(TensorError)

  /// Returns the gradient of the filters, in single precision.
  func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor
  ) throws(TensorError) -> Tensor
}

extension MinimalFiltering {
  /// Returns the output, plus a bias, plus an addend, after max(x, 0) if `relu`. Input and addend have the format
  /// ``memory(_:)``.
  func forward(
    _ input: Tensor, _ filters: Filters, bias: Tensor?, addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor {
    // The output reuses the memory of an addend that is not shared.
    let hasRoom = addend?.hasOwnStorage ?? false
    let output = try hasRoom ? addend.unsafelyUnwrapped : images(problem.outputLengths)
    try convolve(
      input, padding: problem.window.padding, filters, bias, addend, into: output, relu: relu)
    return output
  }

  /// Returns the output for filters that are used once, and the input in the layout used.
  func output(
    of input: Tensor, _ weight: Tensor, bias: Tensor?
  ) throws(TensorError) -> (output: Tensor, input: Tensor) {
    let input = try input.laidOut(as: Self.memory(problem.inputLengths))
    let filters = try transformed(weight, isTurned: false)
    return (try forward(input, filters, bias: bias, addend: nil, relu: false), input)
  }

  /// Returns the gradient of the input: the convolution of the output's gradient with the rotated filters.
  func inputGradient(
    _ outputGradient: Tensor, _ weight: Tensor
  ) throws(TensorError) -> Tensor {
    let gradient = try images(problem.inputLengths)
    let padding = problem.window.padding
    try convolve(
      outputGradient.laidOut(as: Self.memory(problem.outputLengths)),
      padding: Extent(height: 2 - padding.height, width: 2 - padding.width),
      transformed(weight, isTurned: true), nil, nil, into: gradient, relu: false)
    return gradient
  }

  private func images(_ lengths: [Int]) throws(TensorError) -> Tensor {
    try Tensor(uninitialized: Shape(lengths), Self.memory(lengths), operation: "convolution")
  }
}

extension ConvolutionProblem {
  /// Latent's own algorithm for the problem, if there is one that is faster than oneDNN's.
  var minimalFiltering: (any MinimalFiltering)? {
    if let fast = WinogradConvolution(self) { return fast }
    return SingleWinogradConvolution(self)
  }
}
