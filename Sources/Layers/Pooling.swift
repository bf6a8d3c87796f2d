package import TensorCore

/// The maximum or the mean of each channel of images over a sliding window.
package final class Pooling: Layer {
  /// What becomes of the points under the window.
  package enum Kind: Sendable, Equatable {
    case maximum
    /// Whether the padding counts as zeros, or not at all.
    case average(countsPadding: Bool = true)
  }

  /// What becomes of the points under the window.
  package let kind: Kind
  /// The window's height and width.
  package let size: Extent
  /// How it slides.
  package let window: Window

  package init(_ kind: Kind, size: Extent, window: Window) {
    self.kind = kind
    self.size = size
    self.window = window
  }

  /// `[batch, channels, height, width]` to `[batch, channels, height', width']`. Throws when the window
  /// does not fit.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    switch kind {
    case .maximum: try pass.tape.maxPool(input, size: size, window: window)
    case .average(let countsPadding):
      try pass.tape.averagePool(input, size: size, window: window, countsPadding: countsPadding)
    }
  }
}

/// The maximum or the mean of each channel of images of any size over a grid of so many windows.
package final class AdaptivePooling: Layer {
  /// Whether it is the maximum, else the mean.
  package let isMaximum: Bool
  /// The windows of the grid; of one window there is a number for each channel.
  package let output: Extent

  package init(isMaximum: Bool, to output: Extent = Extent(1)) {
    self.isMaximum = isMaximum
    self.output = output
  }

  /// `[batch, channels, height, width]` to `[batch, channels, output height, output width]`. Throws for
  /// an input of another rank.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try isMaximum
      ? pass.tape.adaptiveMaxPool(input, to: output)
      : pass.tape.adaptiveAveragePool(input, to: output)
  }
}

/// All numbers of a sample in one row: `[batch, ...]` to `[batch, numbers]`.
package final class Flatten: Layer {
  package init() {}

  /// Traps for a single number, which has no batch.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.reshape(
      input, to: [input.shape[0], input.shape.dimensions.dropFirst().reduce(1, *)])
  }
}
