/// A rectangle of an image and the size that it is brought to. It may reach beyond the image, which is mirrored
/// there.
package struct Frame: Equatable, Sendable {
  /// From the image's left top corner to the rectangle's, in pixels.
  package let start: SIMD2<Double>
  /// The rectangle's width and height in pixels.
  package let extent: SIMD2<Double>
  /// The size that it is brought to.
  package let target: ImageSize
  /// Whether the whole image is resized before the rectangle is cut out of it, so that pixels beside it count at its
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

  /// All of an image.
  package init(whole size: ImageSize, target: ImageSize) {
    self.init(start: .zero, extent: size.numbers, target: target)
  }

  /// Where a point of the image, in pixels, stands in the framed one: -1 at its left and top edge, 1 at its
  /// right and bottom edge.
  func normalized(_ point: SIMD2<Double>) -> SIMD2<Double> { (point - start) / extent * 2 - 1 }

  /// Where a point of the framed image, as ``normalized(_:)`` has it, stands in the image, in pixels.
  func located(_ point: SIMD2<Double>) -> SIMD2<Double> { (point + 1) / 2 * extent + start }
}
