extension Image {
  /// Reads four channels of some columns of a row as floats, bytes scaled to 0 ... 1. `plane` is the index of the
  /// four channels in the image converted to `wanted` channels (``fits(channels:)``). Traps beyond the image.
  func readRow(
    _ row: Int, _ columns: Range<Int>, wanted: Int, plane: Int,
    into target: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    precondition(row >= 0 && row < height && columns.lowerBound >= 0 && columns.upperBound <= width)
    switch samples {
    case .uint8(let samples):
      samples.withUnsafeBufferPointer {
        read($0, 1 / 255, row, columns, wanted, plane, into: target)
      }
    case .float32(let samples):
      samples.withUnsafeBufferPointer {
        read($0, 1, row, columns, wanted, plane, into: target)
      }
    }
  }

  @inline(__always)
  private func read<Sample: ConvertibleToFloat>(
    _ samples: UnsafeBufferPointer<Sample>, _ scale: Float, _ row: Int, _ columns: Range<Int>,
    _ wanted: Int, _ plane: Int, into target: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    let start = row * width * channels
    func forEachColumn(_ pixel: (_ position: Int) -> SIMD4<Float>) {
      for column in columns {
        target[column - columns.lowerBound] = pixel(start + column * channels) * scale
      }
    }
    if channels == 1 {
      forEachColumn { SIMD4(repeating: samples[$0].float) }
    } else if channels == 3 && wanted == 1 {
      // ITU-R BT.601, as in Pillow's conversion to `L`.
      forEachColumn {
        SIMD4(
          repeating: 0.299 * samples[$0].float + 0.587 * samples[$0 + 1].float
            + 0.114 * samples[$0 + 2].float)
      }
    } else if channels == 3 {
      forEachColumn {
        SIMD4(samples[$0].float, samples[$0 + 1].float, samples[$0 + 2].float, 0)
      }
    } else {
      let first = plane * 4
      let count = min(4, channels - first)
      forEachColumn { position in
        var pixel = SIMD4<Float>()
        for lane in 0..<count { pixel[lane] = samples[position + first + lane].float }
        return pixel
      }
    }
  }
}

/// The sample types.
private protocol ConvertibleToFloat {
  var float: Float { get }
}
extension UInt8: ConvertibleToFloat {
  fileprivate var float: Float { Float(self) }
}
extension Float: ConvertibleToFloat {
  fileprivate var float: Float { self }
}
