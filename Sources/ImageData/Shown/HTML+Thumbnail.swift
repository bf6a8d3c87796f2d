import Foundation
package import Images
package import Pages

extension HTML {
  /// Returns an image of a data set, its longer side at most `side`, with points in pixels of its file drawn on it.
  package static func thumbnail(
    of decoded: DecodedImage, side: Int, channels: [Int], quality: Int,
    points: [SIMD2<Float>] = []
  ) -> HTML {
    let image = decoded.image.displayed(side: side, channels: channels)
    guard !points.isEmpty else { return thumbnail(image, quality: quality) }
    let dots = points.map { point -> HTML in
      "<circle class=\"dot\" cx=\"\(at: Double(point.x))\" cy=\"\(at: Double(point.y))\" r=\"\(at: Double(decoded.fileWidth) / 40)\"/>"
    }
    return """
      <div class="picture">\(jpeg(image, quality))<svg viewBox="0 0 \(decoded.fileWidth) \(decoded.fileHeight)">\(dots)</svg></div>
      """
  }

  /// Returns an image at its own size.
  package static func thumbnail(_ image: Image, quality: Int) -> HTML {
    "<div class=\"picture\">\(jpeg(image, quality))</div>"
  }

  /// Returns a placeholder that says why an image cannot be shown.
  package static func thumbnail(without problem: String) -> HTML {
    "<div class=\"picture\">\(problem)</div>"
  }

  private static func jpeg(_ image: Image, _ quality: Int) -> HTML {
    let data = Data(image.jpeg(quality: quality)).base64EncodedString()
    return
      "<img width=\"\(image.width)\" height=\"\(image.height)\" alt=\"\" src=\"data:image/jpeg;base64,\(data)\">"
  }
}
