import CTIFF

extension ImageFormat {
  /// TIFF, by libtiff: the first image of the file, in strips or tiles, its bands interleaved or apart. Grey, RGB
  /// and any number of bands of 8, 16 and 32 bits or floating point are read as they stand; everything else
  /// (palettes, one bit, YCbCr, inks) as 8-bit colours.
  static let tiff = ImageFormat(
    name: "TIFF", extensions: ["tif", "tiff"],
    isFormat: { start in
      [[0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43]]
        .contains { start.starts(with: $0) }
    },
    decode: { (file, options) throws(ImageError) in
      let tiff = try TIFFFile(file, options.limits)
      let layout = try TIFFLayout(tiff, file)
      try options.limits.admit(
        width: layout.width, height: layout.height, channels: layout.samplesPerPixel,
        place: file.name)
      try tiff.checkExtents(layout, file)
      var image =
        if let type = layout.type {
          try tiff.plainImage(layout, of: type, file)
        } else {
          try tiff.colourImage(layout, file)
        }
      var remarks: [ImageRemark] = []
      if layout.hasAlpha {
        let composed = AlphaComposition.onWhite(image)
        image = composed.image
        if composed.isTransparent { remarks.append(.transparent) }
      }
      if tiff.imageCount > 1 { remarks.append(.severalImages(tiff.imageCount)) }
      return DecodedImage(image.shown(layout.orientation), remarks: remarks)
    })
}
