import Errors

/// A 3x3 convolution by Winograd's minimal filtering of our own, for problems that oneDNN multiplies directly.
/// Runs on oneDNN's thread.
protocol MinimalFiltering {
  /// Transformed filters, which may be used again.
  associatedtype Filters

  /// Nil where the problem does not suit, or direct multiplication is as fast.
  init?(_ problem: ConvolutionProblem)

  var problem: ConvolutionProblem { get }

  /// How images lie.
  static func memory(_ lengths: [Int]) -> MemoryDescription

  /// Filters `[outputs, inputs, 3, 3]`, transformed; for the way back turned around, so that inputs and outputs
  /// change places.
  func transformed(_ weight: Tensor, isTurned: Bool) throws(TensorError) -> Filters

  /// Writes the convolution of `input`, plus a bias, plus an addend, then max(x, 0) where `relu`, into
  /// `output`, which may be the addend. All images lie as ``memory(_:)`` says.
  func convolve(
    _ input: Tensor, padding: Extent, _ filters: Filters, _ bias: Tensor?, _ addend: Tensor?,
    into output: Tensor, relu: Bool
  ) throws(TensorError)

  /// The derivative by the filters, in single precision.
  func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor
  ) throws(TensorError) -> Tensor
}

extension MinimalFiltering {
  /// The output, plus a bias, plus an addend, then max(x, 0) where `relu`. Input and addend lie as
  /// ``memory(_:)`` says.
  func forward(
    _ input: Tensor, _ filters: Filters, bias: Tensor?, addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor {
    // An addend that nobody else needs makes room for the output.
    let hasRoom = addend?.hasOwnStorage ?? false
    let output = try hasRoom ? addend.unsafelyUnwrapped : images(problem.outputLengths)
    try convolve(
      input, padding: problem.window.padding, filters, bias, addend, into: output, relu: relu)
    return output
  }

  /// The output of filters that are used once, and the input as it lay for it.
  func output(
    of input: Tensor, _ weight: Tensor, bias: Tensor?
  ) throws(TensorError) -> (output: Tensor, input: Tensor) {
    let input = try input.laidOut(as: Self.memory(problem.inputLengths))
    let filters = try transformed(weight, isTurned: false)
    return (try forward(input, filters, bias: bias, addend: nil, relu: false), input)
  }

  /// The derivative by the input: the convolution of the output's with the filters turned around.
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
  /// Our own way to compute it, where there is one that is faster than oneDNN's.
  var minimalFiltering: (any MinimalFiltering)? {
    if let fast = WinogradConvolution(self) { return fast }
    return SingleWinogradConvolution(self)
  }
}
