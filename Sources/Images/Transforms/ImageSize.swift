/// The width and height of an image in pixels.
package struct ImageSize: Hashable, Sendable, Codable, CustomStringConvertible {
  package let width: Int
  package let height: Int

  /// Traps unless both are above 0.
  package init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "an image of \(width) x \(height)")
    self.width = width
    self.height = height
  }

  /// Creates a square size.
  package init(_ side: Int) { self.init(width: side, height: side) }

  /// For example `640x480`.
  package var description: String { "\(width)x\(height)" }

  /// The width and height as floating-point numbers.
  var numbers: SIMD2<Double> { SIMD2(Double(width), Double(height)) }
}

extension Image {
  /// The width and height.
  package var size: ImageSize { ImageSize(width: width, height: height) }
}
