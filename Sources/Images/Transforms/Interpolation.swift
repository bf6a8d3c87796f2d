/// How the pixels of an image are weighed where it is brought to another size, by Pillow's names; both are antialiased:
/// an image that is made smaller is weighed over as much wider a part.
package enum Interpolation: String, Hashable, Sendable, Codable, CaseIterable {
  case bilinear
  case bicubic

  /// How far from a result's middle pixels count, in results, or in pixels where the image is made larger.
  var reach: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// What a pixel so far from a result's middle counts, 0 beyond ``reach``.
  ///
  /// Bicubic as Pillow has it, of Keys ("Cubic convolution interpolation for digital image processing", 1981) with a
  /// slope of -0.5.
  func weight(at distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return max(0, 1 - x)
    case .bicubic:
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? ((2.5 - 0.5 * x) * x - 4) * x + 2 : 0
    }
  }

  /// Whether results can lie beyond all pixels that they are made of.
  var overshoots: Bool { self == .bicubic }
}
