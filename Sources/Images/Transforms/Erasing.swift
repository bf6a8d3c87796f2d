import Foundation
import TensorCore

/// Random erasing: replaces a rectangle of an image by normally distributed noise, after normalisation (Zhong et
/// al., "Random erasing data augmentation", 2017).
package struct Erasing: Equatable, Sendable {
  package let columns: Range<Int>
  package let rows: Range<Int>
  /// The seed of the noise.
  private let seed: UInt64

  /// Draws a rectangle of an image of `size`: up to 30 % of its area, with sides in a ratio of up to 0.3^-1 either
  /// way, clipped to the image where it is too long.
  init(in size: ImageSize, random: inout RandomStream) {
    let area = random.number(in: 0...0.3) * size.numbers.x * size.numbers.y
    let limit = -log(0.3)
    let aspect = exp(random.number(in: -limit...limit))
    func slice(_ area: Double, _ length: Int) -> Range<Int> {
      let extent = Int(area.squareRoot().rounded(.toNearestOrEven))
      let start = random.index(below: max(length - extent, 0) + 1)
      return start..<min(start + extent, length)
    }
    rows = slice(area * aspect, size.height)
    columns = slice(area / aspect, size.width)
    seed = random.next()
  }

  /// Writes noise into the planes of an image, with `width` samples per row and `planeLength` per plane.
  func erase(
    _ output: UnsafeMutableBufferPointer<Float>, width: Int, planeLength: Int
  ) {
    var random = RandomStream(seed: seed, stream: 0)
    for plane in stride(from: 0, to: output.count, by: planeLength) {
      for row in rows {
        let start = plane + row * width
        random.fillNormal(
          UnsafeMutableBufferPointer(
            rebasing: output[start + columns.lowerBound..<start + columns.upperBound]))
      }
    }
  }
}
