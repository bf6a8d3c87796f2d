import ImageModels
import ImageReports
import Images
import Testing

/// Tests where a map's colours appear on the original image.
struct OverlayTests {
  private func pixel(_ image: Image, _ x: Int, _ y: Int) -> [Int] {
    guard case .uint8(let samples) = image.samples else { return [] }
    return (0..<3).map { Int(samples[(y * image.width + x) * 3 + $0]) }
  }

  /// The map's left half is positive, its right half negative. The model sees the central square.
  @Test func coloursLieWhereTheModelSawThem() {
    let image = Image(
      width: 80, height: 40, channels: 1,
      samples: .uint8([UInt8](repeating: 100, count: 80 * 40)))
    let map = ActivationMap(width: 2, height: 1, values: [1, -1])
    var transform = ImageTransform(size: ImageSize(32))
    let cropped = image.overlaid(by: map, through: transform.fixed(for: image.size), side: 512)
    #expect(cropped.size == image.size && cropped.channels == 3)
    // Outside the visible square.
    #expect(pixel(cropped, 5, 20) == [35, 35, 35] && pixel(cropped, 75, 20) == [35, 35, 35])
    let (left, right) = (pixel(cropped, 22, 20), pixel(cropped, 57, 20))
    #expect(left[0] > left[2] + 80 && right[2] > right[0] + 80, "\(left) \(right)")
    let middle = pixel(cropped, 40, 20)
    #expect(middle.allSatisfy { abs($0 - 100) < 12 }, "\(middle)")

    transform.framing = .squish
    let squished = image.overlaid(by: map, through: transform.fixed(for: image.size), side: 20)
    #expect(squished.width == 20 && squished.height == 10)
    #expect(pixel(squished, 0, 5)[0] > 150 && pixel(squished, 19, 5)[2] > 150)
  }
}
