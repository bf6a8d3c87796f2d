import CSPNG

extension ImageFormat {
  /// PNG, by libspng: 1 to 16 bits, grey, colour, palettes (which become RGB), transparency, interlaced or not.
  static let png = ImageFormat(
    name: "PNG", extensions: ["png", "apng"],
    isFormat: { $0.starts(with: PNGChunks.signature) }, decode: PNG.decode)
}

private enum PNG {
  @Sendable static func decode(_ file: EncodedImage, _ options: DecodingOptions)
    throws(ImageError) -> DecodedImage
  {
    let chunks = PNGChunks(file.bytes)
    // libspng reports sizes that are too large for it as broken.
    if let (width, height) = chunks.size, width > 0, height > 0 {
      try options.limits.admit(width: width, height: height, channels: 4, place: file.name)
    }
    guard chunks.frameCount <= 1 else {
      throw file.unsupported(
        "is animated",
        remedy: "Save its frames as images in a folder: ffmpeg -i FILE FOLDER/%06d.png")
    }
    guard let context = spng_ctx_new(0) else { throw file.broken("libspng could not be started") }
    defer { spng_ctx_free(context) }
    return try file.bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      spng_set_png_buffer(context, bytes.baseAddress, bytes.count)
      spng_set_chunk_limits(context, chunkLimit, 2 * chunkLimit)
      var header = spng_ihdr()
      try check(spng_get_ihdr(context, &header), file, chunks)
      let (width, height) = (Int(header.width), Int(header.height))
      var transparency = spng_trns()
      let layout = Layout(
        header, hasTransparentColour: spng_get_trns(context, &transparency) == SPNG_OK.rawValue)
      try options.limits.admit(
        width: width, height: height, channels: 4,
        pixelBytes: layout.pixelBytes(turned: chunks.orientation != .upright), place: file.name)
      var decoded = [UInt8](
        repeating: 0, count: width * height * layout.channels * layout.bytesPerSample)
      let result = decoded.withUnsafeMutableBytes {
        spng_decode_image(
          context, $0.baseAddress, $0.count, Int32(layout.format.rawValue),
          Int32(SPNG_DECODE_TRNS.rawValue))
      }
      try check(result, file, chunks)
      guard chunks.isWhole else { throw file.truncated("the PNG ends before its last chunk") }
      return finish(decoded, layout, width: width, height: height, chunks)
    }
  }

  /// Makes the image upright and opaque.
  private static func finish(
    _ decoded: [UInt8], _ layout: Layout, width: Int, height: Int, _ chunks: PNGChunks
  ) -> DecodedImage {
    let type: SampleType = layout.bytesPerSample == 2 ? .uint16 : .uint8
    var image = Image(
      width: width, height: height, channels: layout.channels, samples: type.samples(decoded))
    var remarks: [ImageRemark] = []
    if layout.hasAlpha {
      if layout.isGrey && layout.channels == 4 { image = image.keeping(channels: [0, 3]) }
      let composed = AlphaComposition.onWhite(image)
      image = composed.image
      if composed.isTransparent { remarks.append(.transparent) }
    }
    return DecodedImage(image.shown(chunks.orientation), remarks: remarks)
  }

  private static func check(_ result: Int32, _ file: EncodedImage, _ chunks: PNGChunks)
    throws(ImageError)
  {
    guard result != SPNG_OK.rawValue else { return }
    throw chunks.isWhole
      ? file.broken("libspng says: \(String(cString: spng_strerror(result)))")
      : file.truncated("the PNG ends before the image does")
  }

  /// The maximum number of bytes in a text or profile chunk.
  private static let chunkLimit = 16 << 20
}

/// The sample layout requested from libspng: the file's own if an ``Image`` can have it.
private struct Layout {
  let format: spng_format
  let channels: Int
  let bytesPerSample: Int
  let isGrey: Bool
  let hasAlpha: Bool

  /// Returns the memory per pixel from the file to an ``Image``: unpacked, converted to floats if 16-bit,
  /// composited, and turned upright.
  func pixelBytes(turned: Bool) -> Int {
    let unpacked = channels * bytesPerSample
    let sampleBytes = bytesPerSample == 1 ? 1 : 4
    let widened = bytesPerSample == 1 ? 0 : channels * sampleBytes
    let colours = isGrey ? 1 : 3
    let picked = hasAlpha && isGrey && channels == 4 ? 2 : 0
    return unpacked + widened
      + sampleBytes * (picked + (hasAlpha ? colours : 0) + (turned ? colours : 0))
  }

  init(_ header: spng_ihdr, hasTransparentColour: Bool) {
    let colours = UInt32(header.color_type)
    let isPalette = colours == SPNG_COLOR_TYPE_INDEXED.rawValue
    isGrey =
      colours == SPNG_COLOR_TYPE_GRAYSCALE.rawValue
      || colours == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue
    let hasAlphaChannel =
      colours == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA.rawValue
      || colours == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA.rawValue
    hasAlpha = hasAlphaChannel || hasTransparentColour
    bytesPerSample = header.bit_depth == 16 ? 2 : 1
    if hasTransparentColour {
      format = bytesPerSample == 2 ? SPNG_FMT_RGBA16 : SPNG_FMT_RGBA8
      channels = 4
    } else if isPalette {
      (format, channels) = (SPNG_FMT_RGB8, 3)
    } else if isGrey && header.bit_depth < 8 {
      (format, channels) = (SPNG_FMT_G8, 1)
    } else {
      format = SPNG_FMT_PNG
      channels = (isGrey ? 1 : 3) + (hasAlpha ? 1 : 0)
    }
  }
}
