package import TensorCore

/// The maximum or the mean of each channel of images over a sliding window.
package final class Pooling: Layer {
  package typealias Kind = PoolingKind

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
    try pass.tape.pool(kind, input, size: size, window: window)
  }
}

/// The maximum or the mean of each channel of images of any size (PyTorch's adaptive pooling to 1).
package final class GlobalPooling: Layer {
  private let kind: Pooling.Kind

  package init(_ kind: Pooling.Kind) { self.kind = kind }

  /// `[batch, channels, height, width]` to `[batch, channels, 1, 1]`. Throws for an input of another rank.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.globalPool(kind, input)
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

/// The maximum and the mean of each channel of images of any size, side by side (fastai's `AdaptiveConcatPool2d`):
/// `[batch, channels, height, width]` to `[batch, 2 channels, 1, 1]`, in single precision.
package final class GlobalConcatPooling: Layer {
  package init() {}

  /// Throws for an input of another rank.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let parts = [
      try pass.tape.convert(pass.tape.globalPool(.maximum, input), to: .float32),
      try pass.tape.convert(pass.tape.globalPool(.average, input), to: .float32),
    ]
    return try pass.tape.concatenate(parts, along: 1)
  }
}
