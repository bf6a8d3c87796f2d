/// Between which numbers the pixels of an image lie, each of four channels by itself: what is made of them by weights
/// of which some are below 0 is brought back there, as Pillow does it with bytes.
struct PixelRange {
  private var least: SIMD4<Float>
  private var most: SIMD4<Float>
  /// Whether the numbers are known before any pixel is.
  private let isFixed: Bool

  /// Of pixels that are added; of bytes from 0 to 1, whatever they are.
  init(of samples: Image.Samples) {
    switch samples {
    case .uint8: (least, most, isFixed) = (.zero, .one, true)
    case .float32:
      least = SIMD4(repeating: .infinity)
      most = SIMD4(repeating: -.infinity)
      isFixed = false
    }
  }

  /// Takes pixels into account.
  mutating func add(_ pixels: UnsafePointer<SIMD4<Float>>, count: Int) {
    if isFixed { return }
    for position in 0..<count {
      least = pointwiseMin(least, pixels[position])
      most = pointwiseMax(most, pixels[position])
    }
  }

  /// Brings pixels that are resized in one direction to the range where that is known already.
  func clampRow(_ pixels: UnsafeMutablePointer<SIMD4<Float>>, count: Int) {
    if isFixed { clamp(pixels, count: count) }
  }

  /// Brings pixels to the range of those that were added.
  func clamp(_ pixels: UnsafeMutablePointer<SIMD4<Float>>, count: Int) {
    for position in 0..<count {
      pixels[position].clamp(lowerBound: least, upperBound: most)
    }
  }
}
