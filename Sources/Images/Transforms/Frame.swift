/// A rectangle of an image and the size that it is resized to. It may extend beyond the image, which is mirrored
/// there.
package struct Frame: Equatable, Sendable {
  /// The position of the rectangle's top left corner in the image, in pixels.
  package let start: SIMD2<Double>
  /// The rectangle's width and height in pixels.
  package let extent: SIMD2<Double>
  /// The size that the rectangle is resized to.
  package let target: ImageSize
  /// Whether the whole image is resized before the rectangle is cropped, so that pixels outside it contribute at its
  /// edges (torchvision's `Resize`, then `CenterCrop`).
  package let isCutLast: Bool

  package init(
    start: SIMD2<Double>, extent: SIMD2<Double>, target: ImageSize, isCutLast: Bool = false
  ) {
    self.start = start
    self.extent = extent
    self.target = target
    self.isCutLast = isCutLast
  }

  init(x: Int, y: Int, width: Int, height: Int, target: ImageSize) {
    self.init(
      start: SIMD2(Double(x), Double(y)), extent: SIMD2(Double(width), Double(height)),
      target: target)
  }

  /// Creates a frame of the whole image.
  package init(whole size: ImageSize, target: ImageSize) {
    self.init(start: .zero, extent: size.numbers, target: target)
  }

  /// Converts a point of the image, in pixels, to coordinates in the frame: -1 at its left and top edges, 1 at its
  /// right and bottom edges.
  func normalized(_ point: SIMD2<Double>) -> SIMD2<Double> { (point - start) / extent * 2 - 1 }

  /// Converts a point in coordinates of ``normalized(_:)`` back to pixels of the image.
  func located(_ point: SIMD2<Double>) -> SIMD2<Double> { (point + 1) / 2 * extent + start }
}
