import CTIFF

extension TIFFFile {
  /// Returns the 8-bit colour or grey image, with alpha, that libtiff converts any other layout to.
  func colourImage(_ layout: TIFFLayout, _ file: EncodedImage) throws(ImageError) -> Image {
    // libtiff's buffers, its 4-byte pixels, their samples, and the composited and the upright image.
    try limits.admit(
      width: layout.width, height: layout.height, channels: layout.samplesPerPixel,
      pixelBytes: 2 * layout.samplesPerPixel + 14, place: file.name)
    // Rotated afterwards, as in all formats.
    ctiff_set(handle, UInt32(TIFFTAG_ORIENTATION), ORIENTATION_TOPLEFT)
    var raster = [UInt32](repeating: 0, count: layout.width * layout.height)
    let isRead = raster.withUnsafeMutableBufferPointer {
      TIFFReadRGBAImageOriented(
        handle, UInt32(layout.width), UInt32(layout.height), $0.baseAddress, ORIENTATION_TOPLEFT, 1)
    }
    guard isRead != 0 else { throw failure(file, else: "libtiff can't convert it to RGBA") }
    let shifts: [UInt32] = layout.isGrey ? [0, 24] : [0, 8, 16, 24]
    var samples: [UInt8] = []
    samples.reserveCapacity(raster.count * shifts.count)
    for pixel in raster {
      let alpha = pixel >> 24
      for shift in shifts {
        let sample = pixel >> shift & 255
        // libtiff's colours are premultiplied by alpha.
        samples.append(
          shift == 24 || alpha == 255 || alpha == 0
            ? UInt8(sample) : UInt8(min(255, (sample * 255 + alpha / 2) / alpha)))
      }
    }
    return Image(
      width: layout.width, height: layout.height, channels: shifts.count, samples: .uint8(samples))
  }

  /// Returns the image of plain numbers of a type.
  func plainImage(
    _ layout: TIFFLayout, of type: SampleType, _ file: EncodedImage
  ) throws(ImageError) -> Image {
    let bytes = try plainBytes(layout, of: type, file)
    var samples = type.samples(bytes)
    try file.checkFinite(samples)
    if layout.isInverted { samples = samples.inverted(firstOf: layout.samplesPerPixel) }
    if layout.hasAlpha && layout.isPremultiplied {
      samples = samples.divided(byLastOf: layout.samplesPerPixel)
    }
    return Image(
      width: layout.width, height: layout.height, channels: layout.samplesPerPixel,
      samples: samples)
  }

  /// The maximum number of bytes in a strip or tile, if twice the image is smaller.
  private static let pieceByteLimit = 64 << 20

  /// Returns the samples as bytes, bands interleaved, assembled from strips or tiles.
  private func plainBytes(
    _ layout: TIFFLayout, of type: SampleType, _ file: EncodedImage
  ) throws(ImageError) -> [UInt8] {
    let planes = layout.isPlanar ? layout.samplesPerPixel : 1
    // The contiguous unit in the file: a pixel, or a single sample.
    let unit = (layout.isPlanar ? 1 : layout.samplesPerPixel) * type.byteCount
    let pixelBytes = layout.samplesPerPixel * type.byteCount
    let pieceWidth: Int
    let pieceHeight: Int
    if layout.isTiled {
      pieceWidth = Int(number32(TIFFTAG_TILEWIDTH) ?? 0)
      pieceHeight = Int(number32(TIFFTAG_TILELENGTH) ?? 0)
    } else {
      pieceWidth = layout.width
      pieceHeight = min(Int(number32(TIFFTAG_ROWSPERSTRIP) ?? .max), layout.height)
    }
    let rowBytes = pieceWidth * unit
    let imageBytes = layout.width * layout.height * pixelBytes
    let (pieceBytes, isHuge) = rowBytes.multipliedReportingOverflow(by: pieceHeight)
    guard pieceWidth > 0, pieceHeight > 0, !isHuge,
      pieceBytes <= max(Self.pieceByteLimit, 2 * imageBytes),
      layout.isTiled ? TIFFTileSize64(handle) == pieceBytes : TIFFScanlineSize64(handle) == rowBytes
    else { throw file.broken("its strips or tiles have an invalid size") }
    // The samples of the file, their conversion to floats unless bytes, and the results of later steps.
    let copies =
      (layout.isInverted || layout.isPremultiplied ? 1 : 0) + (layout.hasAlpha ? 1 : 0)
      + (layout.orientation == .upright ? 0 : 1)
    let sampleBytes = type == .uint8 ? 1 + copies : type.byteCount + 4 * (1 + copies)
    try limits.admit(
      width: layout.width, height: layout.height, channels: layout.samplesPerPixel,
      pixelBytes: layout.samplesPerPixel * sampleBytes, otherBytes: pieceBytes, place: file.name)

    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var bytes = [UInt8](repeating: 0, count: imageBytes)
    for plane in 0..<planes {
      for top in stride(from: 0, to: layout.height, by: pieceHeight) {
        for left in stride(from: 0, to: layout.width, by: pieceWidth) {
          let rows = min(pieceHeight, layout.height - top)
          let columns = min(pieceWidth, layout.width - left)
          let count = piece.withUnsafeMutableBytes {
            layout.isTiled
              ? TIFFReadEncodedTile(
                handle, TIFFComputeTile(handle, UInt32(left), UInt32(top), 0, UInt16(plane)),
                $0.baseAddress, tmsize_t($0.count))
              : TIFFReadEncodedStrip(
                handle, TIFFComputeStrip(handle, UInt32(top), UInt16(plane)), $0.baseAddress,
                tmsize_t(rows * rowBytes))
          }
          guard count >= (layout.isTiled ? pieceBytes : rows * rowBytes) else {
            throw failure(file, else: "a strip or tile has too few pixels")
          }
          for row in 0..<rows {
            let source = row * rowBytes
            let target = ((top + row) * layout.width + left) * pixelBytes + plane * unit
            if unit == pixelBytes {
              bytes.replaceSubrange(
                target..<target + columns * unit, with: piece[source..<source + columns * unit])
            } else {
              for column in 0..<columns {
                for byte in 0..<unit {
                  bytes[target + column * pixelBytes + byte] = piece[source + column * unit + byte]
                }
              }
            }
          }
        }
      }
    }
    return bytes
  }
}

extension Image.Samples {
  /// Inverts the first of every `count` samples, which is grey; the others are alpha or further bands.
  fileprivate func inverted(firstOf count: Int) -> Image.Samples {
    switch self {
    case .uint8(var samples):
      for pixel in stride(from: 0, to: samples.count, by: count) {
        samples[pixel] = 255 - samples[pixel]
      }
      return .uint8(samples)
    case .float32(var samples):
      for pixel in stride(from: 0, to: samples.count, by: count) {
        samples[pixel] = 1 - samples[pixel]
      }
      return .float32(samples)
    }
  }

  /// Divides colours by alpha, the last of every `count` samples.
  fileprivate func divided(byLastOf count: Int) -> Image.Samples {
    switch self {
    case .uint8(var samples):
      for last in stride(from: count - 1, to: samples.count, by: count) where samples[last] > 0 {
        let alpha = Int(samples[last])
        for position in last - count + 1..<last {
          samples[position] = UInt8(min(255, (Int(samples[position]) * 255 + alpha / 2) / alpha))
        }
      }
      return .uint8(samples)
    case .float32(var samples):
      for last in stride(from: count - 1, to: samples.count, by: count) where samples[last] > 0 {
        for position in last - count + 1..<last { samples[position] /= samples[last] }
      }
      return .float32(samples)
    }
  }
}
