extension PixelGrid {
  /// Writes the image as seen through `map`, with bilinear interpolation, mirrored at the centres of the outermost
  /// pixels (PyTorch's `grid_sample` with `reflection` and `align_corners`). The output is planes of `size`, one per
  /// channel.
  ///
  /// `map` goes from normalised coordinates of the output to those of the grid. The coordinates of eight pixels are
  /// computed at a time. Complexity: O(size x channels).
  func sample(
    through map: Homography, _ size: ImageSize, channels: Int,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    if map == .identity, size == ImageSize(width: width, height: height) {
      return copy(channels: channels, into: output)
    }
    guard let output = output.baseAddress else { return }
    // Maps pixel positions instead of normalised coordinates: saves one multiplication each.
    let ends = SIMD2(Double(width - 1), Double(height - 1))
    let outputEnds = (size.numbers - 1).replacing(with: 1, where: size.numbers .== 1)
    let pixelMap =
      .scaling(by: ends / 2, adding: ends / 2) * map
      * .scaling(by: 2 / outputEnds, adding: size.numbers.isOne(0, -1))
    let planeLength = size.width * size.height
    for row in 0..<size.height {
      let line = pixelMap.line(Double(row))
      var column = 0
      while column < size.width {
        let count = min(8, size.width - column)
        let place = coordinates(line, from: column, pixelMap.isAffine)
        for plane in 0..<planeCount {
          let base = self.row(0, plane: plane)
          let target = output + plane * 4 * planeLength + row * size.width + column
          let channelCount = min(4, channels - plane * 4)
          for lane in 0..<count {
            let upper = base + Int(place.upper[lane])
            let lower = base + Int(place.lower[lane])
            let (left, right) = (Int(place.left[lane]), Int(place.right[lane]))
            let first = upper[left] + (upper[right] - upper[left]) * place.shareRight[lane]
            let second = lower[left] + (lower[right] - lower[left]) * place.shareRight[lane]
            let pixel = first + (second - first) * place.shareLower[lane]
            for channel in 0..<channelCount {
              target[channel * planeLength + lane] = pixel[channel]
            }
          }
        }
        column += count
      }
    }
  }

  /// Copies the pixels unchanged.
  private func copy(channels: Int, into output: UnsafeMutableBufferPointer<Float>) {
    let planeLength = width * height
    for channel in 0..<channels {
      let pixels = row(0, plane: channel / 4)
      for position in 0..<planeLength {
        output[channel * planeLength + position] = pixels[position][channel % 4]
      }
    }
  }

  /// The positions of eight output pixels among the pixels of the grid: the offsets of two rows, two columns, and
  /// the fractions of the way from the first to the second of each.
  private struct Places {
    var upper: SIMD8<Int32>
    var lower: SIMD8<Int32>
    var left: SIMD8<Int32>
    var right: SIMD8<Int32>
    var shareRight: SIMD8<Float>
    var shareLower: SIMD8<Float>
  }

  @inline(__always)
  private func coordinates(
    _ line: (start: SIMD3<Double>, step: SIMD3<Double>), from column: Int, _ isAffine: Bool
  ) -> Places {
    let first = line.start + line.step * Double(column)
    let lanes = SIMD8<Float>(0, 1, 2, 3, 4, 5, 6, 7)
    var x = Float(first.x) + lanes * Float(line.step.x)
    var y = Float(first.y) + lanes * Float(line.step.y)
    if !isAffine {
      let divisor = 1 / (Float(first.z) + lanes * Float(line.step.z))
      x *= divisor
      y *= divisor
    }
    x = Self.mirrored(x, Float(width - 1))
    y = Self.mirrored(y, Float(height - 1))
    let left = x.floorOrOneBelow
    let upper = y.floorOrOneBelow
    let right = pointwiseMin(left.integer &+ 1, SIMD8(repeating: Int32(width - 1)))
    let lower = pointwiseMin(upper.integer &+ 1, SIMD8(repeating: Int32(height - 1)))
    return Places(
      upper: upper.integer &* Int32(width), lower: lower &* Int32(width), left: left.integer,
      right: right,
      shareRight: x - left.number, shareLower: y - upper.number)
  }

  /// Reflects numbers at 0 and `end` into that range; NaN becomes 0.
  @inline(__always)
  private static func mirrored(_ numbers: SIMD8<Float>, _ end: Float) -> SIMD8<Float> {
    guard end > 0 else { return .zero }
    let sizes = numbers.replacing(with: -numbers, where: numbers .< 0)
    let rest = sizes - (sizes / (2 * end)).floorOrOneBelow.number * (2 * end)
    let folded = pointwiseMin(rest, 2 * end - rest)
    return folded.replacing(with: 0, where: .!(folded .>= 0)).replacing(
      with: end, where: folded .> end)
  }
}

extension SIMD2<Double> {
  /// Returns `one` in lanes where the number is 1, and `other` elsewhere.
  fileprivate func isOne(_ one: Double, _ other: Double) -> SIMD2<Double> {
    SIMD2(repeating: other).replacing(with: one, where: self .== 1)
  }
}

extension SIMD8<Float> {
  /// The integer below each lane, as a float and as an integer; for some whole numbers the next lower one. For lanes
  /// from 0 to below 2^22: adding 1.5 x 2^23 rounds to an integer, which is then in the lowest bits.
  @inline(__always)
  fileprivate var floorOrOneBelow: (number: SIMD8<Float>, integer: SIMD8<Int32>) {
    let shifted = (self - 0.5) + 12_582_912
    return (shifted - 12_582_912, unsafeBitCast(shifted, to: SIMD8<Int32>.self) &- 0x4B40_0000)
  }
}
