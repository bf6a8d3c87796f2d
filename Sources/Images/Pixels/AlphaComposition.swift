/// Compositing onto white. Networks have no notion of transparency, and the colour that a file has beneath it is
/// arbitrary.
enum AlphaComposition {
  /// Composites pixels of `colours + 1` samples, the last of which is alpha, onto white. Returns their `colours`
  /// samples and whether any pixel was not fully opaque.
  static func onWhite(_ samples: [UInt8], colours: Int) -> (samples: [UInt8], isTransparent: Bool) {
    var composed: [UInt8] = []
    composed.reserveCapacity(samples.count / (colours + 1) * colours)
    var isTransparent = false
    for pixel in stride(from: 0, to: samples.count, by: colours + 1) {
      let alpha = Int(samples[pixel + colours])
      isTransparent = isTransparent || alpha < 255
      for colour in 0..<colours {
        let mixed = Int(samples[pixel + colour]) * alpha + 255 * (255 - alpha)
        composed.append(UInt8((mixed + 127) / 255))
      }
    }
    return (composed, isTransparent)
  }

  /// Does the same for samples from 0 to 1.
  static func onWhite(_ samples: [Float], colours: Int) -> (samples: [Float], isTransparent: Bool) {
    var composed: [Float] = []
    composed.reserveCapacity(samples.count / (colours + 1) * colours)
    var isTransparent = false
    for pixel in stride(from: 0, to: samples.count, by: colours + 1) {
      let alpha = samples[pixel + colours]
      isTransparent = isTransparent || alpha < 1
      for colour in 0..<colours {
        composed.append(samples[pixel + colour] * alpha + (1 - alpha))
      }
    }
    return (composed, isTransparent)
  }

  /// Does the same for an image whose last channel is alpha.
  static func onWhite(_ image: Image) -> (image: Image, isTransparent: Bool) {
    let colours = image.channels - 1
    let isTransparent: Bool
    let samples: Image.Samples
    switch image.samples {
    case .uint8(let given):
      let composed = onWhite(given, colours: colours)
      (samples, isTransparent) = (.uint8(composed.samples), composed.isTransparent)
    case .float32(let given):
      let composed = onWhite(given, colours: colours)
      (samples, isTransparent) = (.float32(composed.samples), composed.isTransparent)
    }
    return (
      Image(width: image.width, height: image.height, channels: colours, samples: samples),
      isTransparent
    )
  }
}
