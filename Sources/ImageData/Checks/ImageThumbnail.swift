import Images

/// An image as 32 by 32 averages of its area in three channels: what two images are compared by.
struct ImageThumbnail {
  static let side = 32
  /// The averages, a channel fastest: red, green, blue; of other images the first channels, of one that one
  /// three times. Bytes from 0 to 255.
  let samples: [Float]

  init(_ image: Image) {
    samples = AreaAverages.of(
      image, width: Self.side, height: Self.side,
      channels: (0..<3).map { min($0, image.channels - 1) })
  }
}
