import CTurboJPEG

extension ImageFormat {
  /// JPEG, by libjpeg-turbo: baseline and progressive; grey, colour, and CMYK or YCCK, which become RGB.
  static let jpeg = ImageFormat(
    name: "JPEG", extensions: ["jpg", "jpeg", "jpe", "jfif"],
    isFormat: { $0.starts(with: [0xFF, 0xD8, 0xFF]) }, decode: JPEG.decode)
}

private enum JPEG {
  @Sendable static func decode(_ file: EncodedImage, _ options: DecodingOptions)
    throws(ImageError) -> DecodedImage
  {
    let header = try JPEGHeader(file)
    try options.limits.admit(
      width: header.width, height: header.height, channels: header.components, place: file.name)
    try options.limits.admit(
      scans: header.scanCount(of: file), width: header.width, height: header.height,
      place: file.name)
    guard [1, 3, 4].contains(header.components), header.precision == 8 else {
      throw file.unsupported(
        "is a JPEG of \(header.components) components of \(header.precision) bits",
        remedy: "Convert it to PNG or TIFF.")
    }
    let divisor = divisor(header, options.minimumSide)
    let width = (header.width + divisor - 1) / divisor
    let height = (header.height + divisor - 1) / divisor
    let swaps = header.orientation.swapsSides
    let channels = header.components == 1 ? 1 : 3
    let copied =
      (header.components == 4 ? channels : 0) + (header.orientation == .upright ? 0 : channels)
    try options.limits.admit(
      width: header.width, height: header.height, channels: header.components,
      otherBytes: width * height * (header.components + copied) + header.scanBytes,
      place: file.name)
    var samples = [UInt8](repeating: 0, count: width * height * header.components)
    let remarks = try decompress(file, header, width: width, height: height, into: &samples)
    if header.components == 4 { samples = rgb(inks: samples) }
    let image = Image(
      width: width, height: height, channels: channels,
      samples: .uint8(samples)
    ).shown(header.orientation)
    return DecodedImage(
      image, fileWidth: swaps ? header.height : header.width,
      fileHeight: swaps ? header.width : header.height, remarks: remarks)
  }

  /// Returns the factor to scale down by in decoding, so that the shorter side keeps at least `minimumSide` pixels:
  /// one of libjpeg-turbo's factors that have SIMD kernels.
  private static func divisor(_ header: JPEGHeader, _ minimumSide: Int?) -> Int {
    guard let minimumSide else { return 1 }
    let side = min(header.width, header.height)
    return [8, 4, 2].first { (side + $0 - 1) / $0 >= minimumSide } ?? 1
  }

  /// Decodes into `samples` at the given size, which must be one that the header's size can be scaled to.
  private static func decompress(
    _ file: EncodedImage, _ header: JPEGHeader, width: Int, height: Int,
    into samples: inout [UInt8]
  ) throws(ImageError) -> [ImageRemark] {
    guard let handle = tjInitDecompress() else {
      throw file.broken("libjpeg-turbo could not be started")
    }
    defer { tjDestroy(handle) }
    let format: TJPF =
      switch header.components {
      case 1: TJPF_GRAY
      case 3: TJPF_RGB
      default: TJPF_CMYK
      }
    let pitch = width * header.components
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS
    let repaired = JPEGRepair(file, header)
    // Writes no more than `height` rows of `width` pixels, whatever the file contains.
    let result = repaired.bytes.withUnsafeBufferPointer { bytes in
      samples.withUnsafeMutableBufferPointer { samples in
        tjDecompress2(
          handle, bytes.baseAddress, UInt(bytes.count), samples.baseAddress, Int32(width),
          Int32(pitch), Int32(height), Int32(format.rawValue), flags)
      }
    }
    guard result != 0 else { return repaired.hasStrayBytes ? [.strayBytes] : [] }
    let message = String(cString: tjGetErrorStr2(handle))
    // Only the first warning is reported; none can follow stray bytes before the end of the image (0xd9).
    if tjGetErrorCode(handle) == TJERR_WARNING.rawValue,
      message.contains("extraneous bytes before marker 0xd9")
    {
      return [.strayBytes]
    }
    throw message.contains("Premature end of JPEG file") || !JPEGHeader.hasEnd(file)
      ? file.truncated("the JPEG ends before the image does")
      : file.broken("libjpeg-turbo says: \(message)")
  }

  /// Converts CMYK to RGB as if the inks were ideal, as shown on a screen without a colour profile. Samples are
  /// inverted, 255 for no ink: Adobe writes them so, and Pillow reads all files so.
  private static func rgb(inks: [UInt8]) -> [UInt8] {
    var samples: [UInt8] = []
    samples.reserveCapacity(inks.count / 4 * 3)
    for pixel in stride(from: 0, to: inks.count, by: 4) {
      let black = Int(inks[pixel + 3])
      for ink in 0..<3 {
        samples.append(UInt8((Int(inks[pixel + ink]) * black + 127) / 255))
      }
    }
    return samples
  }
}
