/// The tiles that images are divided into: 4x4 points of a convolution's output each, computed from 6x6 points of its
/// input that overlap by two.
///
/// Images are in blocks of 8 channels (`[batch, channels / 8, height, width, 8]`), transformed tiles in
/// ``TileMatrices``.
struct SingleWinogradTiles: TileLines {
  typealias Lanes = SIMD8<Float>
  typealias Transforms = SingleWinogradTransforms

  static let side = 4

  let linesPerImage: Int
  let columns: Int
  let lines: Range<Int>

  /// Splits the tiles into parts of whole lines, whose lengths differ by at most one line. Each has at most `tileCount`
  /// tiles unless a single line has more.
  func parts(of tileCount: Int) -> [Self] {
    let most = max(1, tileCount / columns)
    return parts(count: (lines.count + most - 1) / most)
  }

  /// The size of the scratch buffer for ``transformInput(_:channels:extent:padding:to:by:)``, in numbers.
  var scratchCount: Int { (columns * 4 + 2) * 6 * 8 }

  /// Writes `Bᵀ d B` of each tile of the input, for all channels.
  func transformInput(
    _ source: UnsafePointer<Float>, channels: Int, extent: Extent, padding: Extent,
    to target: TileMatrices, by scratch: UnsafeMutablePointer<Float>
  ) {
    let (width, lineLength) = (extent.width, columns * 4 + 2)
    target.clear(from: count, channels: channels)
    let next = lineLength * 8
    for line in 0..<lines.count {
      let (image, row) = place(of: line)
      let top = row * 4 - padding.height
      for block in 0..<channels / 8 {
        let plane = source + (image * channels / 8 + block) * extent.height * width * 8
        @inline(__always) func point(_ y: Int, _ x: Int) -> Lanes {
          y >= 0 && y < extent.height ? Lanes(plane + (y * width + x) * 8) : Lanes()
        }
        for place in 0..<lineLength {
          let x = place - padding.width
          var values = (Lanes(), Lanes(), Lanes(), Lanes(), Lanes(), Lanes())
          if x >= 0 && x < width {
            values = Transforms.input(
              (
                point(top, x), point(top + 1, x), point(top + 2, x), point(top + 3, x),
                point(top + 4, x), point(top + 5, x)
              ))
          }
          Self.put(values, scratch + place * 8, next)
        }
        let start = target.start(ofTile: line * columns, block: block)
        for tile in 0..<columns {
          let to = start + tile * 16
          for row in 0..<6 {
            let from = scratch + row * next + tile * 32
            Self.put(
              Transforms.input(
                (
                  Lanes(from), Lanes(from + 8), Lanes(from + 16), Lanes(from + 24),
                  Lanes(from + 32), Lanes(from + 40)
                )), to + row * 6 * target.point, target.point)
          }
        }
      }
    }
  }

  /// Writes `A dy Aᵀ` of each tile of the output's gradient, for some blocks of 16 channels only. Points outside the
  /// image count as 0.
  func transformOutputGradient(
    _ source: UnsafePointer<Float>, channels: Int, blocks: Range<Int>, extent: Extent,
    to target: TileMatrices
  ) {
    for line in 0..<lines.count {
      let (image, row) = place(of: line)
      for block in blocks.lowerBound * 2..<blocks.upperBound * 2 {
        let plane =
          source + (image * channels / 8 + block) * extent.height * extent.width * 8
        @inline(__always) func point(_ y: Int, _ x: Int) -> Lanes {
          y < extent.height && x < extent.width
            ? Lanes(plane + (y * extent.width + x) * 8) : Lanes()
        }
        let start = target.start(
          ofTile: line * columns, block: block - blocks.lowerBound * 2)
        for tile in 0..<columns {
          let (y, x) = (row * 4, tile * 4)
          @inline(__always) func column(_ x: Int) -> Transforms.Six<Lanes> {
            Transforms.outputGradient(
              (point(y, x), point(y + 1, x), point(y + 2, x), point(y + 3, x)))
          }
          let (a, b, c, d) = (column(x), column(x + 1), column(x + 2), column(x + 3))
          let to = start + tile * 16
          let next = target.point
          Self.put(Transforms.outputGradient((a.0, b.0, c.0, d.0)), to, next)
          Self.put(Transforms.outputGradient((a.1, b.1, c.1, d.1)), to + 6 * next, next)
          Self.put(Transforms.outputGradient((a.2, b.2, c.2, d.2)), to + 12 * next, next)
          Self.put(Transforms.outputGradient((a.3, b.3, c.3, d.3)), to + 18 * next, next)
          Self.put(Transforms.outputGradient((a.4, b.4, c.4, d.4)), to + 24 * next, next)
          Self.put(Transforms.outputGradient((a.5, b.5, c.5, d.5)), to + 30 * next, next)
        }
      }
    }
  }

  /// Writes `Aᵀ m A` of each tile, plus `bias`, plus `addend`, after max(x, 0) if `relu`. `addend` has the target's
  /// layout and may be the target. Points outside the image are skipped. The matrices cover some of the target's blocks
  /// of 16 channels.
  func transformOutput(
    _ source: TileMatrices, channels: Int, blocks: Range<Int>, extent: Extent,
    bias: UnsafePointer<Float>?, addend: UnsafePointer<Float>?, relu: Bool,
    to target: UnsafeMutablePointer<Float>
  ) {
    for line in 0..<lines.count {
      let (image, row) = place(of: line)
      for block in blocks.lowerBound * 2..<blocks.upperBound * 2 {
        let plane = (image * channels / 8 + block) * extent.height * extent.width * 8
        let shift = bias.map { Lanes($0 + block * 8) } ?? Lanes()
        let start = source.start(
          ofTile: line * columns, block: block - blocks.lowerBound * 2)
        let next = source.point
        for tile in 0..<columns {
          let from = start + tile * 16
          @inline(__always) func column(_ number: Int) -> Transforms.Four<Lanes> {
            let from = from + number * next
            return Transforms.output(
              (
                Lanes(from), Lanes(from + 6 * next), Lanes(from + 12 * next),
                Lanes(from + 18 * next), Lanes(from + 24 * next), Lanes(from + 30 * next)
              ))
          }
          let (a, b, c) = (column(0), column(1), column(2))
          let (d, e, f) = (column(3), column(4), column(5))
          @inline(__always) func put(_ values: Transforms.Four<Lanes>, _ y: Int) {
            guard y < extent.height else { return }
            let x = tile * 4
            let place = plane + (y * extent.width + x) * 8
            @inline(__always) func put(_ value: Lanes, _ offset: Int) {
              guard x + offset < extent.width else { return }
              let place = place + offset * 8
              var sum = value + shift
              if let addend { sum += Lanes(addend + place) }
              // NaN stays NaN, so that it is noticed.
              if relu { sum.replace(with: 0, where: sum .<= 0) }
              sum.store(target + place)
            }
            put(values.0, 0)
            put(values.1, 1)
            put(values.2, 2)
            put(values.3, 3)
          }
          put(Transforms.output((a.0, b.0, c.0, d.0, e.0, f.0)), row * 4)
          put(Transforms.output((a.1, b.1, c.1, d.1, e.1, f.1)), row * 4 + 1)
          put(Transforms.output((a.2, b.2, c.2, d.2, e.2, f.2)), row * 4 + 2)
          put(Transforms.output((a.3, b.3, c.3, d.3, e.3, f.3)), row * 4 + 3)
        }
      }
    }
  }

  /// Stores six vectors, `next` numbers apart.
  @inline(__always)
  private static func put(
    _ values: Transforms.Six<Lanes>, _ to: UnsafeMutablePointer<Float>, _ next: Int
  ) {
    values.0.store(to)
    values.1.store(to + next)
    values.2.store(to + 2 * next)
    values.3.store(to + 3 * next)
    values.4.store(to + 4 * next)
    values.5.store(to + 5 * next)
  }
}
