import CTIFF

/// The layout of the first image of a TIFF, by its tags (TIFF 6.0).
struct TIFFLayout {
  let width: Int
  let height: Int
  let samplesPerPixel: Int
  /// The type of a sample; nil if pixels are not plain numbers, one per band.
  let type: SampleType?
  /// Whether each band is stored separately.
  let isPlanar: Bool
  let isTiled: Bool
  /// Whether 0 means white.
  let isInverted: Bool
  /// Whether the image is grey after libtiff's conversion to colours.
  let isGrey: Bool
  /// Whether the last band is alpha.
  let hasAlpha: Bool
  /// Whether the colours are premultiplied by alpha.
  let isPremultiplied: Bool
  let orientation: Orientation

  /// Throws if the kind of image is not supported.
  init(_ tiff: TIFFFile, _ file: EncodedImage) throws(ImageError) {
    guard let width = tiff.number32(TIFFTAG_IMAGEWIDTH),
      let height = tiff.number32(TIFFTAG_IMAGELENGTH),
      let samples = tiff.number16(TIFFTAG_SAMPLESPERPIXEL),
      let bits = tiff.number16(TIFFTAG_BITSPERSAMPLE),
      let photometric = tiff.number16(TIFFTAG_PHOTOMETRIC)
    else { throw file.broken("a tag with its size or pixel format is missing") }
    (self.width, self.height, samplesPerPixel) = (Int(width), Int(height), Int(samples))
    isPlanar = tiff.number16(TIFFTAG_PLANARCONFIG) == UInt16(PLANARCONFIG_SEPARATE)
    isTiled = TIFFIsTiled(tiff.handle) != 0
    orientation =
      tiff.number16(TIFFTAG_ORIENTATION).flatMap { Orientation(rawValue: $0) } ?? .upright
    let compression = tiff.number16(TIFFTAG_COMPRESSION) ?? UInt16(COMPRESSION_NONE)
    guard Self.compressions.contains(Int32(compression)), TIFFIsCODECConfigured(compression) != 0
    else {
      throw file.unsupported(
        "is a TIFF with an unsupported compression (\(compression))",
        remedy: "Save it with LZW or Deflate.")
    }

    var photometrics = [PHOTOMETRIC_MINISBLACK, PHOTOMETRIC_MINISWHITE, PHOTOMETRIC_RGB]
    if photometric == PHOTOMETRIC_YCBCR, compression == COMPRESSION_JPEG, !isPlanar {
      // libtiff has libjpeg convert it to RGB.
      ctiff_set(tiff.handle, UInt32(TIFFTAG_JPEGCOLORMODE), JPEGCOLORMODE_RGB)
      photometrics.append(PHOTOMETRIC_YCBCR)
    }
    let format = tiff.number16(TIFFTAG_SAMPLEFORMAT) ?? UInt16(SAMPLEFORMAT_UINT)
    let isPlain = photometrics.contains(Int32(photometric)) && bits >= 8
    let type = isPlain ? Self.type(bits: bits, format: Int32(format)) : nil
    guard !isPlain || type != nil else {
      throw file.unsupported(
        "is a TIFF with an unsupported sample format of \(bits) bits",
        remedy: "Save it with 8 or 16 bits per sample, or as 32-bit floating point.")
    }
    isInverted = photometric == PHOTOMETRIC_MINISWHITE && type != nil
    isGrey =
      photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE
    self.type = type

    var extra: UInt16 = 0
    let hasExtra = ctiff_get_first_extra(tiff.handle, &extra) != 0
    let colours = isGrey ? 1 : 3
    let isAssociated = extra == UInt16(EXTRASAMPLE_ASSOCALPHA)
    isPremultiplied = type == nil || isAssociated
    // Extra bands without a declared meaning are not alpha; libtiff's colour conversion always yields alpha.
    hasAlpha =
      type == nil
      || hasExtra && samplesPerPixel == colours + 1
        && (isAssociated || extra == UInt16(EXTRASAMPLE_UNASSALPHA))
  }

  private static func type(bits: UInt16, format: Int32) -> SampleType? {
    switch (bits, format) {
    case (8, SAMPLEFORMAT_UINT), (8, SAMPLEFORMAT_VOID): .uint8
    case (16, SAMPLEFORMAT_UINT), (16, SAMPLEFORMAT_VOID): .uint16
    case (32, SAMPLEFORMAT_UINT): .uint32
    case (16, SAMPLEFORMAT_INT): .int16
    case (32, SAMPLEFORMAT_IEEEFP): .float32
    case (64, SAMPLEFORMAT_IEEEFP): .float64
    default: nil
    }
  }

  /// The supported compressions: the common ones with well-tested decoders.
  private static let compressions: Set<Int32> = [
    COMPRESSION_NONE, COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,
    COMPRESSION_LZW, COMPRESSION_JPEG, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,
    COMPRESSION_PACKBITS, COMPRESSION_LZMA, COMPRESSION_ZSTD, COMPRESSION_WEBP,
  ]
}
