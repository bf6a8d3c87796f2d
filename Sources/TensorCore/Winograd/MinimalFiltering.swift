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

  /// Filters `[outputs, inputs, 3, 3]`, transformed.
  func transformed(_ weight: Tensor) throws(TensorError) -> Filters

  /// The output, plus a bias, plus an addend, then max(x, 0) where `relu`. Input and addend lie as
  /// ``memory(_:)`` says.
  func forward(
    _ input: Tensor, _ filters: Filters, bias: Tensor?, addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor

  /// The derivative by the input.
  func inputGradient(
    _ outputGradient: Tensor, _ weight: Tensor
  ) throws(TensorError) -> Tensor

  /// The derivative by the filters, in single precision.
  func weightGradient(
    _ input: Tensor, _ outputGradient: Tensor
  ) throws(TensorError) -> Tensor
}

extension MinimalFiltering {
  /// The output of filters that are used once, and the input as it lay for it.
  func output(
    of input: Tensor, _ weight: Tensor, bias: Tensor?
  ) throws(TensorError) -> (output: Tensor, input: Tensor) {
    let input = try input.laidOut(as: Self.memory(problem.inputLengths))
    let filters = try transformed(weight)
    return (try forward(input, filters, bias: bias, addend: nil, relu: false), input)
  }
}

extension ConvolutionProblem {
  /// Our own way to compute it, where there is one that is faster than oneDNN's.
  var minimalFiltering: (any MinimalFiltering)? {
    if let fast = WinogradConvolution(self) { return fast }
    return SingleWinogradConvolution(self)
  }
}
