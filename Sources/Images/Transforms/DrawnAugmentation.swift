/// What was drawn of an ``Augmentation`` for one image.
package struct DrawnAugmentation: Equatable, Sendable {
  /// From normalised coordinates of the output to those of the image.
  package var map = Homography.identity
  /// The share of the image's width and height that a crop keeps.
  package var cropShare = SIMD2(1.0, 1.0)
  package var lighting = Lighting()
  /// The rectangle that is replaced by noise; nil for none.
  package var erasing: Erasing?

  /// Changes nothing.
  package init() {}
}
