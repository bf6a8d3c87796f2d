import CTIFF

extension ImageFormat {
  /// TIFF, by libtiff: the first image of the file, in strips or tiles, its bands interleaved or planar. Grey, RGB
  /// and any number of bands are read directly, with samples of 8, 16 or 32 bits or floating point. Everything else
  /// (palettes, one bit, YCbCr, CMYK) is converted to 8-bit colour.
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
