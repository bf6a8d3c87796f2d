import CWebP

extension ImageFormat {
  /// WebP, lossy and lossless, by libwebp.
  static let webp = ImageFormat(
    name: "WebP", extensions: ["webp"],
    isFormat: { $0.starts(with: "RIFF".utf8) && $0.dropFirst(8).starts(with: "WEBP".utf8) },
    decode: WebP.decode)
}

private enum WebP {
  @Sendable static func decode(_ file: EncodedImage, _ options: DecodingOptions)
    throws(ImageError) -> DecodedImage
  {
    try file.bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      var config = WebPDecoderConfig()
      guard WebPInitDecoderConfig(&config) != 0 else {
        throw file.broken("libwebp is not the version that Latent was built with")
      }
      try check(WebPGetFeatures(bytes.baseAddress, bytes.count, &config.input), file)
      guard config.input.has_animation == 0 else {
        throw file.unsupported(
          "is animated",
          remedy: "Save its frames as images in a folder, for example with anim_dump.")
      }
      let (width, height) = (Int(config.input.width), Int(config.input.height))
      let hasAlpha = config.input.has_alpha != 0
      let channels = hasAlpha ? 4 : 3
      let orientation = Self.orientation(file.bytes)
      // libwebp keeps all pixels, of 4 bytes each, if the image is lossless or has transparency.
      let copies = (hasAlpha ? 3 : 0) + (orientation == .upright ? 0 : 3)
      try options.limits.admit(
        width: width, height: height, channels: channels, pixelBytes: 4 + channels + copies,
        place: file.name)
      var samples = [UInt8](repeating: 0, count: width * height * channels)
      let status = samples.withUnsafeMutableBufferPointer { samples in
        config.output.colorspace = hasAlpha ? MODE_RGBA : MODE_RGB
        config.output.is_external_memory = 1
        config.output.u.RGBA = WebPRGBABuffer(
          rgba: samples.baseAddress, stride: Int32(width * channels), size: samples.count)
        defer { WebPFreeDecBuffer(&config.output) }
        return WebPDecode(bytes.baseAddress, bytes.count, &config)
      }
      try check(status, file)
      var image = Image(
        width: width, height: height, channels: channels, samples: .uint8(samples))
      var remarks: [ImageRemark] = []
      if hasAlpha {
        let composed = AlphaComposition.onWhite(image)
        image = composed.image
        if composed.isTransparent { remarks.append(.transparent) }
      }
      return DecodedImage(image.shown(orientation), remarks: remarks)
    }
  }

  private static func check(_ status: VP8StatusCode, _ file: EncodedImage) throws(ImageError) {
    switch status {
    case VP8_STATUS_OK: return
    case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED:
      throw file.truncated("the WebP ends before the image does")
    case VP8_STATUS_OUT_OF_MEMORY: throw file.broken("libwebp ran out of memory")
    default:
      throw file.broken("libwebp says that it is not a valid WebP (status \(status.rawValue))")
    }
  }

  /// Returns the orientation in the EXIF chunk, if there is one (WebP container specification).
  private static func orientation(_ bytes: [UInt8]) -> Orientation {
    var position = 12
    while position + 8 <= bytes.count {
      let length = bytes[position + 4..<position + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      let end = min(position + 8 + length, bytes.count)
      if bytes[position..<position + 4].elementsEqual("EXIF".utf8) {
        let exif = bytes[position + 8..<end]
        // Some writers prepend the identifier of a JPEG segment.
        return ExifOrientation.read(exif.starts(with: "Exif".utf8) ? exif.dropFirst(6) : exif)
      }
      position += 8 + length + length % 2
    }
    return .upright
  }
}
