extension ImageFormat {
  /// A NumPy array: height x width or height x width x channels, of uint8, uint16, uint32, int16, float32 or
  /// float64, little-endian, in C order.
  static let npy = ImageFormat(
    name: "NumPy", extensions: ["npy"], isFormat: { $0.starts(with: NumPyHeader.signature) },
    decode: { (file, options) throws(ImageError) in
      let header = try NumPyHeader(file)
      let shape = header.shape
      guard shape.count == 2 || shape.count == 3 else {
        throw file.unsupported(
          "is an array of \(shape.count) dimensions",
          remedy: "Save one image per file, height by width or height by width by channels.")
      }
      let (height, width) = (shape[0], shape[1])
      let channels = shape.count == 3 ? shape[2] : 1
      // PyTorch's order; an image is unlikely to have so few rows and so many channels.
      let isChannelsFirst = height > 0 && height <= min(width, channels) / 4
      guard !isChannelsFirst || channels <= options.limits.channels else {
        throw file.unsupported(
          "is an array of \(height) by \(width) by \(channels): its channels seem to come first",
          remedy: "Save numpy.moveaxis(array, 0, -1).")
      }
      // Bytes are used as samples directly; other types are converted to floats.
      let sampleBytes = header.type == .uint8 ? 1 : header.type.byteCount + 4
      try options.limits.admit(
        width: width, height: height, channels: channels, pixelBytes: channels * sampleBytes,
        place: file.name)
      let byteCount = width * height * channels * header.type.byteCount
      let content = file.bytes.dropFirst(header.byteCount).prefix(byteCount)
      guard content.count == byteCount else {
        throw file.truncated("the array ends before its last number")
      }
      let samples = header.type.samples(Array(content))
      try file.checkFinite(samples)
      return DecodedImage(
        Image(width: width, height: height, channels: channels, samples: samples),
        remarks: isChannelsFirst ? [.channelsFirst] : [])
    })
}
