/// Along one direction: which source pixels make up each pixel of the result, with their weights.
struct ResamplingWeights {
  /// The source pixels that are needed; those beyond an image are mirrored.
  let source: Range<Int>
  /// The first source pixel of each result, counted from `source`.
  private(set) var firsts: [Int] = []
  /// How many source pixels each result has.
  private(set) var counts: [Int] = []
  /// `stride` weights for each result, of which the first `counts` matter.
  private(set) var weights: [Float] = []
  let stride: Int
  /// Whether each result is a source pixel as it is.
  let isIdentity: Bool

  /// Antialiased bilinear, as Pillow's `BILINEAR`: triangles as wide as a result, of pixels within the part alone,
  /// so that what lies beside it does not shine in.
  init(start: Double, extent: Double, count: Int) {
    let scale = extent / Double(count)
    let support = max(scale, 1)
    let source = Int(start.rounded(.down))..<Int((start + extent - 1e-9).rounded(.up))
    self.source = source
    stride = Int((2 * support).rounded(.up)) + 1
    isIdentity = scale == 1 && start == start.rounded()
    firsts.reserveCapacity(count)
    counts.reserveCapacity(count)
    weights = [Float](repeating: 0, count: count * stride)
    for position in 0..<count {
      let centre = start + (Double(position) + 0.5) * scale
      let first = max(source.lowerBound, Int((centre - support + 0.5).rounded(.down)))
      let last = min(source.upperBound, Int((centre + support + 0.5).rounded(.down)))
      let span = first..<min(max(last, first + 1), first + stride)
      let triangles = span.map { max(0, 1 - abs(Double($0) + 0.5 - centre) / support) }
      let sum = triangles.reduce(0, +)
      firsts.append(first - source.lowerBound)
      counts.append(span.count)
      for (number, triangle) in triangles.enumerated() {
        weights[position * stride + number] = Float(
          sum > 0 ? triangle / sum : 1 / Double(span.count))
      }
    }
  }
}

extension TransformWorkspace {
  /// Reads a part of `source` at the size that it is brought to: first along rows, then along columns.
  ///
  /// Complexity: O(pixels of the part x channels).
  func load(_ source: Image, _ frame: Frame, channels: Int) {
    let columns = ResamplingWeights(
      start: frame.start.x, extent: frame.extent.x, count: frame.target.width)
    let rows = ResamplingWeights(
      start: frame.start.y, extent: frame.extent.y, count: frame.target.height)
    let planeCount = (channels + 3) / 4
    sourceRow.reshape(width: columns.source.count, height: 1, planeCount: planeCount)
    image.reshape(
      width: frame.target.width, height: rows.source.count, planeCount: planeCount)
    for row in rows.source {
      for plane in 0..<planeCount {
        let target = image.row(row - rows.source.lowerBound, plane: plane)
        let pixels = columns.isIdentity ? target : sourceRow.row(0, plane: plane)
        source.readRow(mirrored(row, source.height), columns.source, channels, plane, into: pixels)
        if !columns.isIdentity { Self.resample(pixels, columns, into: target) }
      }
    }
    if rows.isIdentity { return }
    next.reshape(width: image.width, height: frame.target.height, planeCount: planeCount)
    for plane in 0..<planeCount {
      for row in 0..<frame.target.height { blendRows(plane, row, rows) }
    }
    advance()
  }

  private static func resample(
    _ source: UnsafeMutablePointer<SIMD4<Float>>, _ columns: ResamplingWeights,
    into target: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    columns.weights.withUnsafeBufferPointer { weights in
      for position in columns.firsts.indices {
        let pixels = source + columns.firsts[position]
        let start = position * columns.stride
        var sum = SIMD4<Float>()
        for number in 0..<columns.counts[position] {
          sum.addProduct(pixels[number], SIMD4(repeating: weights[start + number]))
        }
        target[position] = sum
      }
    }
  }

  private func blendRows(_ plane: Int, _ row: Int, _ rows: ResamplingWeights) {
    let target = next.row(row, plane: plane)
    for number in 0..<rows.counts[row] {
      let source = image.row(rows.firsts[row] + number, plane: plane)
      let weight = SIMD4(repeating: rows.weights[row * rows.stride + number])
      if number == 0 {
        for column in 0..<image.width { target[column] = source[column] * weight }
      } else {
        for column in 0..<image.width { target[column].addProduct(source[column], weight) }
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

/// A position mirrored at the first and the last of `count` until it is one of them: -1 is 1, `count` is
/// `count - 2`.
private func mirrored(_ position: Int, _ count: Int) -> Int {
  if position >= 0, position < count { return position }
  guard count > 1 else { return 0 }
  let period = 2 * (count - 1)
  let rest = ((position % period) + period) % period
  return min(rest, period - rest)
}

extension Image {
  /// Whether a model of so many channels can read the image: grey for colour, as three alike, colour for grey
  /// by its brightness, any number for itself.
  package func fits(channels: Int) -> Bool {
    self.channels == channels || self.channels == 1 || (self.channels == 3 && channels == 1)
  }

  /// Four channels of some columns of a row, the columns mirrored beyond the image, samples within 0 ... 1.
  fileprivate func readRow(
    _ row: Int, _ columns: Range<Int>, _ wanted: Int, _ plane: Int,
    into target: UnsafeMutablePointer<SIMD4<Float>>
  ) {
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
        target[column - columns.lowerBound] =
          pixel(start + mirrored(column, width) * channels) * scale
      }
    }
    if channels == 1 {
      forEachColumn { SIMD4(repeating: samples[$0].float) }
    } else if channels == 3 && wanted == 1 {
      // ITU-R BT.601, as Pillow's conversion to `L`.
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

/// What a sample can be.
private protocol ConvertibleToFloat {
  var float: Float { get }
}
extension UInt8: ConvertibleToFloat {
  fileprivate var float: Float { Float(self) }
}
extension Float: ConvertibleToFloat {
  fileprivate var float: Float { self }
}
