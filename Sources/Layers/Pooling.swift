package import TensorCore

/// Maximum or average pooling of each channel over a sliding window.
package final class Pooling: Layer {
  package typealias Kind = PoolingKind

  /// The reduction applied to the points under the window.
  package let kind: Kind
  /// The window's height and width.
  package let size: Extent
  /// The stride, padding and dilation of the window.
  package let window: Window

  package init(_ kind: Kind, size: Extent, window: Window) {
    self.kind = kind
    self.size = size
    self.window = window
  }

  /// Maps `[batch, channels, height, width]` to `[batch, channels, height', width']`. Throws if the window does not
  /// fit.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.pool(kind, input, size: size, window: window)
  }
}

/// Global maximum or average pooling of each channel for images of any size (PyTorch's adaptive pooling to 1).
package final class GlobalPooling: Layer {
  private let kind: Pooling.Kind

  package init(_ kind: Pooling.Kind) { self.kind = kind }

  /// Maps `[batch, channels, height, width]` to `[batch, channels, 1, 1]`. Throws for an input of another rank.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.globalPool(kind, input)
  }
}

/// Flattens each sample into one row: `[batch, ...]` to `[batch, numbers]`.
package final class Flatten: Layer {
  package init() {}

  /// Traps for a scalar, which has no batch dimension.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.reshape(
      input, to: [input.shape[0], input.shape.dimensions.dropFirst().reduce(1, *)])
  }
}

/// Concatenated global maximum and average pooling of each channel for images of any size (fastai's
/// `AdaptiveConcatPool2d`): `[batch, channels, height, width]` to `[batch, 2 channels, 1, 1]`, in single precision.
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
