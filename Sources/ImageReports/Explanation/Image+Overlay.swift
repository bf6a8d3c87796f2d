import ImageData
package import ImageModels
package import Images

extension Image {
  /// Returns the image at half saturation, its longer side at most `side`, under a map of -1 ... 1. Positive values
  /// are yellow and negative ones blue, stronger with magnitude. What `drawn` crops from the model's view is
  /// darkened. Traps unless the map is finite.
  package func overlaid(
    by map: ActivationMap, through drawn: DrawnTransform, side: Int
  ) -> Image {
    precondition(map.values.allSatisfy(\.isFinite), "a map of what is not a number")
    let shown = displayed(side: side, channels: displayedChannels)
    guard case .uint8(let samples) = shown.samples else { preconditionFailure("bytes are shown") }
    // The image's corners in the model's view, from -1 to 1; places between them are spaced evenly.
    let corners = drawn.normalized([.zero, SIMD2(Float(width), Float(height))])
    var overlaid = [UInt8](repeating: 0, count: shown.width * shown.height * 3)
    for row in 0..<shown.height {
      for column in 0..<shown.width {
        let share = SIMD2(
          (Float(column) + 0.5) / Float(shown.width), (Float(row) + 0.5) / Float(shown.height))
        let place = (corners[0] + (corners[1] - corners[0]) * share + 1) / 2
        let pixel = row * shown.width + column
        var own = SIMD3<Float>()
        for channel in 0..<3 {
          own[channel] = Float(
            samples[pixel * shown.channels + (shown.channels == 3 ? channel : 0)])
        }
        let isSeen = place.min() >= 0 && place.max() <= 1
        let colour = isSeen ? Self.tinted(own, map.value(atX: place.x, y: place.y)) : own * 0.35
        for channel in 0..<3 {
          overlaid[pixel * 3 + channel] = UInt8(min(max(colour[channel].rounded(), 0), 255))
        }
      }
    }
    return Image(
      width: shown.width, height: shown.height, channels: 3, samples: .uint8(overlaid))
  }

  private static func tinted(_ colour: SIMD3<Float>, _ value: Float) -> SIMD3<Float> {
    let grey = (colour * SIMD3(0.299, 0.587, 0.114)).sum()
    let base = colour * 0.5 + SIMD3(repeating: grey * 0.5)
    // From red to yellow as the value grows, or blue.
    let tint =
      value >= 0
      ? SIMD3<Float>(255, 60 + 180 * value, 20 + 30 * value) : SIMD3<Float>(20, 90, 255)
    let weight = min(abs(value), 1) * 0.65
    return base * (1 - weight) + tint * weight
  }
}
