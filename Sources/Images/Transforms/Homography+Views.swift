import Foundation

extension Homography {
  /// Returns a rotation about the centre by an angle in radians, clockwise as displayed. It maps the output's
  /// coordinates to those of an image whose width is `aspect` times its height.
  package static func rotation(by angle: Double, aspect: Double = 1) -> Homography {
    Homography(
      SIMD3(cos(angle), sin(angle) / aspect, 0), SIMD3(-sin(angle) * aspect, cos(angle), 0),
      SIMD3(0, 0, 1))
  }

  /// Returns the view of a tilted plane (fastai's `Warp`). The output corners that show the image's corners move
  /// closer or farther: by x along the left and right sides, by y along the top and bottom.
  package static func tilting(by tilt: SIMD2<Double>) -> Homography {
    Homography(
      taking: [
        SIMD2(-1 - tilt.y, -1 - tilt.x), SIMD2(-1 + tilt.y, 1 + tilt.x),
        SIMD2(1 + tilt.y, -1 + tilt.x), SIMD2(1 - tilt.y, 1 - tilt.x),
      ], to: [SIMD2(-1, -1), SIMD2(-1, 1), SIMD2(1, -1), SIMD2(1, 1)])
  }
}
