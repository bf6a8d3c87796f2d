import TensorCore

extension TransformWorkspace {
  /// Reads a part of `source` at the size that it is brought to, a row after the other: along the row first, then
  /// into the rows of the result that it is a part of.
  ///
  /// Complexity: O((pixels of the part + of the result) x channels) of time, whatever lies beyond the image; of
  /// memory no more than the result and a row.
  func load(
    _ source: Image, _ frame: Frame, channels: Int, by interpolation: Interpolation
  ) {
    let target = frame.target
    let columns = ResamplingWeights(
      start: frame.start.x, extent: frame.extent.x, count: target.width, length: source.width,
      by: interpolation, cutLast: frame.isCutLast)
    let rows = ResamplingWeights(
      start: frame.start.y, extent: frame.extent.y, count: target.height, length: source.height,
      by: interpolation, cutLast: frame.isCutLast)
    let planeCount = (channels + 3) / 4
    var ranges =
      interpolation.overshoots
      ? [PixelRange](repeating: PixelRange(of: source.samples), count: planeCount) : []
    sourceRow.reshape(width: columns.source.count, height: 1, planeCount: 1)
    scaledRow.reshape(width: target.width, height: 1, planeCount: 1)
    image.reshape(width: target.width, height: target.height, planeCount: planeCount)
    func read(_ row: Int, _ plane: Int, into scaled: UnsafeMutablePointer<SIMD4<Float>>) {
      let pixels = columns.isIdentity ? scaled : sourceRow.row(0, plane: 0)
      source.readRow(row, columns.source, wanted: channels, plane: plane, into: pixels)
      if interpolation.overshoots { ranges[plane].add(pixels, count: columns.source.count) }
      if columns.isIdentity { return }
      Self.resample(pixels, columns, into: scaled)
      if interpolation.overshoots { ranges[plane].clampRow(scaled, count: target.width) }
    }
    if rows.isIdentity {
      for row in rows.source {
        for plane in 0..<planeCount {
          read(row, plane, into: image.row(row - rows.source.lowerBound, plane: plane))
        }
      }
    } else {
      image.clear()
      let uses = rows.uses
      for (number, row) in rows.source.enumerated() {
        let own = uses.starts[number]..<uses.starts[number + 1]
        if own.isEmpty { continue }
        for plane in 0..<planeCount {
          let scaled = scaledRow.row(0, plane: 0)
          read(row, plane, into: scaled)
          for use in own {
            let target = image.row(uses.results[use], plane: plane)
            let weight = SIMD4(repeating: uses.weights[use])
            for column in 0..<image.width { target[column].addProduct(scaled[column], weight) }
          }
        }
      }
    }
    for (plane, range) in ranges.enumerated() {
      for row in 0..<image.height {
        range.clamp(image.row(row, plane: plane), count: image.width)
      }
    }
  }

  private static func resample(
    _ source: UnsafeMutablePointer<SIMD4<Float>>, _ columns: ResamplingWeights,
    into target: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    columns.weights.withUnsafeBufferPointer { weights in
      for position in columns.firsts.indices {
        let pixels = source + columns.firsts[position]
        let start = columns.starts[position]
        var sum = SIMD4<Float>()
        for number in 0..<columns.starts[position + 1] - start {
          sum.addProduct(pixels[number], SIMD4(repeating: weights[start + number]))
        }
        target[position] = sum
      }
    }
  }

  /// Makes the image smaller by a factor: each pixel is the mean of the area that it stands for, whole pixels
  /// (PyTorch's `area`).
  func shrink(by factor: Double) {
    let width = max(1, Int(Double(image.width) / factor))
    let height = max(1, Int(Double(image.height) / factor))
    next.reshape(width: width, height: height, planeCount: image.planeCount)
    func area(_ position: Int, of count: Int, _ length: Int) -> Range<Int> {
      position * length / count..<((position + 1) * length + count - 1) / count
    }
    for plane in 0..<image.planeCount {
      for row in 0..<height {
        let rows = area(row, of: height, image.height)
        let target = next.row(row, plane: plane)
        for column in 0..<width {
          let columns = area(column, of: width, image.width)
          var sum = SIMD4<Float>()
          for row in rows {
            let source = image.row(row, plane: plane)
            for column in columns { sum += source[column] }
          }
          target[column] = sum / Float(rows.count * columns.count)
        }
      }
    }
    advance()
  }
}
