import Images

/// A thumbnail of 32 by 32 area averages in three channels, for comparing images.
struct ImageThumbnail {
  static let side = 32
  /// The averages, with the channel varying fastest: red, green, blue. With more channels, the first three; with a
  /// single one, that one three times. 8-bit samples range from 0 to 255.
  let samples: [Float]

  init(_ image: Image) {
    samples = AreaAverages.of(
      image, width: Self.side, height: Self.side,
      channels: (0..<3).map { min($0, image.channels - 1) })
  }
}
