/// The range of an image's pixels, for each of four channels. Results of weights of which some are negative are
/// clamped to it, as Pillow does with bytes.
struct PixelRange {
  private var least: SIMD4<Float>
  private var most: SIMD4<Float>
  /// Whether the range is known before any pixel.
  private let isFixed: Bool

  /// Starts with an empty range; for bytes with the fixed range 0 to 1.
  init(of samples: Image.Samples) {
    switch samples {
    case .uint8: (least, most, isFixed) = (.zero, .one, true)
    case .float32:
      least = SIMD4(repeating: .infinity)
      most = SIMD4(repeating: -.infinity)
      isFixed = false
    }
  }

  /// Extends the range by pixels, unless it is fixed.
  mutating func add(_ pixels: UnsafePointer<SIMD4<Float>>, count: Int) {
    if isFixed { return }
    for position in 0..<count {
      least = pointwiseMin(least, pixels[position])
      most = pointwiseMax(most, pixels[position])
    }
  }

  /// Clamps pixels resized in one direction, if the range is known already.
  func clampRow(_ pixels: UnsafeMutablePointer<SIMD4<Float>>, count: Int) {
    if isFixed { clamp(pixels, count: count) }
  }

  /// Clamps pixels to the range.
  func clamp(_ pixels: UnsafeMutablePointer<SIMD4<Float>>, count: Int) {
    for position in 0..<count {
      pixels[position].clamp(lowerBound: least, upperBound: most)
    }
  }
}
