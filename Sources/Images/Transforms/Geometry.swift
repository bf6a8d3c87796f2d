/// How an image is turned, enlarged and tilted.
package struct Geometry: Equatable, Sendable {
  /// Left to right.
  package var isMirrored = false
  package var isUpsideDown = false
  /// In degrees, clockwise as images are drawn.
  package var angle = 0.0
  /// 2 shows half the width and height.
  package var zoom = 1.0
  /// The point that stays where it is when the image is enlarged.
  package var centre = SIMD2(0.0, 0.0)
  /// How far the plane is tilted, see ``Homography/tilting(by:)``.
  package var tilt = SIMD2(0.0, 0.0)

  /// Changes nothing.
  package init() {}

  /// From normalised coordinates of the output to those of the image, whose width is `aspect` times its
  /// height: a rotated image keeps its shape.
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
