import Errors

/// A height and a width: of an image, a window or a stride.
package struct Extent: Hashable, Sendable, CustomStringConvertible {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// Creates an extent of equal height and width.
  package init(_ length: Int) { self.init(height: length, width: length) }

  /// The extent as printed in messages: `3x3`.
  package var description: String { "\(height)x\(width)" }

  var lengths: [Int] { [height, width] }
}

/// A sliding window over the last two dimensions of `[batch, channels, height, width]`.
package struct Window: Hashable, Sendable {
  /// The distance between successive positions of the window.
  package var stride: Extent
  /// The zeros around the image, equal on opposite sides; maxima ignore them.
  package var padding: Extent
  /// The distance between adjacent points of the window; 1 means no gaps.
  package var dilation: Extent

  package init(
    stride: Extent = Extent(1), padding: Extent = Extent(0), dilation: Extent = Extent(1)
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
  }

  /// Creates a window with the same values for both dimensions.
  package init(stride: Int, padding: Int = 0, dilation: Int = 1) {
    self.init(stride: Extent(stride), padding: Extent(padding), dilation: Extent(dilation))
  }

  /// Returns the number of positions of a window of `size` on `input`: `(n + 2 p - d (k - 1) - 1) / s + 1`, rounded
  /// down. Returns nil if it does not fit at all or its parameters are invalid.
  func output(of input: Extent, size: Extent) -> Extent? {
    func count(_ path: KeyPath<Extent, Int>) -> Int? {
      let (length, size) = (input[keyPath: path], size[keyPath: path])
      let (stride, padding, dilation) = (
        stride[keyPath: path], padding[keyPath: path], dilation[keyPath: path]
      )
      guard size > 0, stride > 0, padding >= 0, dilation > 0 else { return nil }
      let room = length + 2 * padding - dilation * (size - 1) - 1
      return room < 0 ? nil : room / stride + 1
    }
    guard let height = count(\.height), let width = count(\.width) else { return nil }
    return Extent(height: height, width: width)
  }
}

extension Tensor {
  /// Throws unless this is a non-empty `[batch, channels, height, width]`, of an element type that kernels support.
  func expectImages(_ operation: String) throws(TensorError) {
    guard shape.rank == 4, elementCount > 0 else {
      throw TensorError(
        .shapeMismatch, "an input of shape \(shape)", place: operation,
        remedy: "It must be [batch, channels, height, width], none of them 0.")
    }
    try expectFloats(operation)
  }

  /// Throws unless the element type is one that kernels support, or the tensor is quantized.
  func expectFloats(_ operation: String) throws(TensorError) {
    guard elementType == .float32 || elementType == .bfloat16 || scale != nil else {
      throw TensorError(
        .elementTypeMismatch, "elements of type \(elementType.rawValue)", place: operation,
        remedy:
          "It computes in \(ElementType.float32.rawValue) and \(ElementType.bfloat16.rawValue).")
    }
  }

  /// The height and width of `[batch, channels, height, width]`.
  var extent: Extent { Extent(height: shape[2], width: shape[3]) }
}
