import Foundation

extension Homography {
  /// A rotation about the middle by an angle in radians, clockwise as images are drawn, of an image whose width is `aspect` times its
  /// height. From the output's coordinates to the image's.
  package static func rotation(by angle: Double, aspect: Double = 1) -> Homography {
    Homography(
      SIMD3(cos(angle), sin(angle) / aspect, 0), SIMD3(-sin(angle) * aspect, cos(angle), 0),
      SIMD3(0, 0, 1))
  }

  /// The view of a tilted plane: the corners of the output that see those of the image stand nearer or
  /// farther by x along the left and right sides, by y along the upper and lower (fastai's `Warp`).
  package static func tilting(by tilt: SIMD2<Double>) -> Homography {
    Homography(
      taking: [
        SIMD2(-1 - tilt.y, -1 - tilt.x), SIMD2(-1 + tilt.y, 1 + tilt.x),
        SIMD2(1 + tilt.y, -1 + tilt.x), SIMD2(1 - tilt.y, 1 - tilt.x),
      ], to: [SIMD2(-1, -1), SIMD2(-1, 1), SIMD2(1, -1), SIMD2(1, 1)])
  }
}
