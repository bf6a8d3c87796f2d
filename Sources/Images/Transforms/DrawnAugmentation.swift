/// The changes drawn from an ``Augmentation`` for one image.
package struct DrawnAugmentation: Equatable, Sendable {
  /// Maps normalised coordinates of the output to those of the image.
  package var map = Homography.identity
  /// The fraction of the image's width and height that a crop keeps.
  package var cropShare = SIMD2(1.0, 1.0)
  package var lighting = Lighting()
  /// The rectangle to replace by noise; nil for none.
  package var erasing: Erasing?

  /// Creates an augmentation that changes nothing.
  package init() {}
}
