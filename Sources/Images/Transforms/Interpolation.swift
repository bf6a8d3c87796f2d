/// The interpolation used to resize an image, by Pillow's names. Both kinds are antialiased: when shrinking, the
/// kernel widens with the scale.
package enum Interpolation: String, Hashable, Sendable, Codable, CaseIterable {
  case bilinear
  case bicubic

  /// The kernel's radius, in output pixels, or in input pixels when enlarging.
  var reach: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// Returns the kernel's weight at this distance from the centre of an output pixel; 0 beyond ``reach``.
  ///
  /// Bicubic as in Pillow: Keys' kernel ("Cubic convolution interpolation for digital image processing", 1981) with
  /// a slope of -0.5.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? ((2.5 - 0.5 * x) * x - 4) * x + 2 : 0
    }
  }

  /// Whether results can exceed the range of their input pixels.
  var overshoots: Bool { self == .bicubic }
}
