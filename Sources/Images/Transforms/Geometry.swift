/// A mirroring, rotation, zoom and tilt of an image.
package struct Geometry: Equatable, Sendable {
  /// Whether the image is flipped horizontally.
  package var isMirrored = false
  package var isUpsideDown = false
  /// The rotation in degrees, clockwise as displayed.
  package var angle = 0.0
  /// The magnification: 2 shows half the width and height.
  package var zoom = 1.0
  /// The fixed point of the zoom.
  package var centre = SIMD2(0.0, 0.0)
  /// The perspective tilt: see ``Homography/tilting(by:)``.
  package var tilt = SIMD2(0.0, 0.0)

  /// Creates a geometry that changes nothing.
  package init() {}

  /// Returns the map from normalised coordinates of the output to those of the image, whose width is `aspect` times
  /// its height: rotation preserves shapes.
  package func map(aspect: Double) -> Homography {
    var map = Homography.scaling(by: SIMD2(isMirrored ? -1 : 1, isUpsideDown ? -1 : 1))
    if angle != 0 { map = map * .rotation(by: angle * .pi / 180, aspect: aspect) }
    if zoom != 1 {
      let scale = 1 / zoom
      map = map * .scaling(by: SIMD2(scale, scale), adding: (1 - scale) * centre)
    }
    return tilt == .zero ? map : .tilting(by: tilt) * map
  }
}
