/// Pixels that are being transformed: rows of vectors of four channels, as many planes of these as the channels
/// need. Its memory grows as it must and is used again, so that no image allocates any.
final class PixelGrid {
  typealias Pixel = SIMD4<Float>

  private(set) var width = 0
  private(set) var height = 0
  /// A quarter of the channels, rounded up.
  private(set) var planeCount = 0
  private var memory: UnsafeMutablePointer<Pixel>?
  private var capacity = 0

  deinit { memory?.deallocate() }

  /// Room for pixels that are not set yet.
  func reshape(width: Int, height: Int, planeCount: Int) {
    let count = width * height * planeCount
    if count > capacity {
      memory?.deallocate()
      memory = .allocate(capacity: count)
      capacity = count
    }
    (self.width, self.height, self.planeCount) = (width, height, planeCount)
  }

  /// The bytes that it holds.
  var byteCount: Int { capacity * MemoryLayout<Pixel>.stride }

  /// Sets all pixels to 0.
  func clear() { memory?.initialize(repeating: .zero, count: width * height * planeCount) }

  /// The first pixel of a row, which `width` pixels lie behind; valid until the grid changes its shape.
  func row(_ row: Int, plane: Int) -> UnsafeMutablePointer<Pixel> {
    guard let memory, row < height, plane < planeCount else {
      preconditionFailure("row \(row) of plane \(plane) in a grid of \(height) x \(planeCount)")
    }
    return memory + (plane * height + row) * width
  }
}
