/// A buffer of pixels being transformed: rows of four-channel vectors, in as many planes as the channels need. Its
/// memory grows on demand and is reused, so that images cause no allocations.
final class PixelGrid {
  typealias Pixel = SIMD4<Float>

  private(set) var width = 0
  private(set) var height = 0
  /// A quarter of the channels, rounded up.
  private(set) var planeCount = 0
  private var memory: UnsafeMutablePointer<Pixel>?
  private var capacity = 0

  deinit { memory?.deallocate() }

  /// Changes the shape; pixels are uninitialised.
  func reshape(width: Int, height: Int, planeCount: Int) {
    let count = width * height * planeCount
    if count > capacity {
      memory?.deallocate()
      memory = .allocate(capacity: count)
      capacity = count
    }
    (self.width, self.height, self.planeCount) = (width, height, planeCount)
  }

  /// The allocated bytes.
  var byteCount: Int { capacity * MemoryLayout<Pixel>.stride }

  /// Sets all pixels to 0.
  func clear() { memory?.initialize(repeating: .zero, count: width * height * planeCount) }

  /// Returns the first of the `width` pixels of a row; valid until the grid changes its shape.
  func row(_ row: Int, plane: Int) -> UnsafeMutablePointer<Pixel> {
    guard let memory, row < height, plane < planeCount else {
      preconditionFailure("row \(row) of plane \(plane) in a grid of \(height) x \(planeCount)")
    }
    return memory + (plane * height + row) * width
  }
}
