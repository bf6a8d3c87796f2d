/// The tiles that images are divided into: 2x2 points of a convolution's output each, computed from 4x4 points of its
/// input that overlap by two.
///
/// Images are in blocks of 16 channels (`[batch, channels / 16, height, width, 16]`).
struct WinogradTiles: TileLines {
  typealias Lanes = SIMD16<Float>

  /// The layout of transformed tiles: 16 matrices of tiles by channels, one for each point of a tile.
  struct Order {
    /// The strides between tiles, blocks of 16 channels, and matrices.
    let tile, block, point: Int

    /// Each matrix is row-major: `[count, channels]`.
    static func rows(channels: Int, count: Int) -> Self {
      Self(tile: channels, block: 16, point: count * channels)
    }

    /// Each matrix is in blocks of 16 channels: `[channels / 16, count, 16]`.
    static func blocked(channels: Int, count: Int) -> Self {
      Self(tile: 16, block: count * 16, point: count * channels)
    }
  }

  static let side = 2

  let linesPerImage: Int
  let columns: Int
  let lines: Range<Int>

  /// Splits the tiles into parts of whole lines, of at most about `tileCount` tiles each. The number of parts is a
  /// multiple of `threadCount` if there are enough lines. Their lengths differ by at most one line, as each length
  /// needs its own kernel.
  func parts(of tileCount: Int, for threadCount: Int) -> [Self] {
    let most = max(1, tileCount / columns)
    let needed = (lines.count + most - 1) / most
    let dealt = (needed + threadCount - 1) / threadCount * threadCount
    return parts(count: dealt)
  }

  /// Writes `Bᵀ d B` of each tile of the input.
  func transformInput(
    _ source: UnsafePointer<BFloat16>, channels: Int, extent: Extent, padding: Extent,
    as order: Order, to target: UnsafeMutablePointer<BFloat16>
  ) {
    let next = order.point
    for line in 0..<lines.count {
      let (image, row) = place(of: line)
      let top = row * 2 - padding.height
      for block in 0..<channels / 16 {
        let plane =
          source + (image * channels / 16 + block) * extent.height * extent.width * 16
        @inline(__always) func point(_ y: Int, _ x: Int) -> Lanes {
          y >= 0 && y < extent.height ? Lanes(paired: plane + (y * extent.width + x) * 16) : Lanes()
        }
        @inline(__always) func column(_ x: Int) -> WinogradTransforms.Four {
          guard x >= 0 && x < extent.width else { return (Lanes(), Lanes(), Lanes(), Lanes()) }
          return WinogradTransforms.spread(
            (point(top, x), point(top + 1, x), point(top + 2, x), point(top + 3, x)))
        }
        var first = column(-padding.width)
        var second = column(1 - padding.width)
        var to = target + line * columns * order.tile + block * order.block
        for tile in 0..<columns {
          let third = column(tile * 2 + 2 - padding.width)
          let fourth = column(tile * 2 + 3 - padding.width)
          Self.put(
            WinogradTransforms.spread((first.0, second.0, third.0, fourth.0)), to, next)
          Self.put(
            WinogradTransforms.spread((first.1, second.1, third.1, fourth.1)), to + 4 * next, next
          )
          Self.put(
            WinogradTransforms.spread((first.2, second.2, third.2, fourth.2)), to + 8 * next, next
          )
          Self.put(
            WinogradTransforms.spread((first.3, second.3, third.3, fourth.3)), to + 12 * next,
            next)
          (first, second) = (third, fourth)
          to += order.tile
        }
      }
    }
  }

  /// Writes `A y Aᵀ` of each tile of the output's gradient. Points outside the image count as 0.
  func transformOutputGradient(
    _ source: UnsafePointer<BFloat16>, channels: Int, extent: Extent, as order: Order,
    to target: UnsafeMutablePointer<BFloat16>
  ) {
    let next = order.point
    for line in 0..<lines.count {
      let (image, row) = place(of: line)
      for block in 0..<channels / 16 {
        let plane =
          source + (image * channels / 16 + block) * extent.height * extent.width * 16
        @inline(__always) func point(_ y: Int, _ x: Int) -> Lanes {
          y < extent.height && x < extent.width
            ? Lanes(paired: plane + (y * extent.width + x) * 16) : Lanes()
        }
        for tile in 0..<columns {
          let (y, x) = (row * 2, tile * 2)
          let left = WinogradTransforms.spread((point(y, x), point(y + 1, x)))
          let right = WinogradTransforms.spread((point(y, x + 1), point(y + 1, x + 1)))
          let to = target + (line * columns + tile) * order.tile + block * order.block
          Self.put(WinogradTransforms.spread((left.0, right.0)), to, next)
          Self.put(WinogradTransforms.spread((left.1, right.1)), to + 4 * next, next)
          Self.put(WinogradTransforms.spread((left.2, right.2)), to + 8 * next, next)
          Self.put(WinogradTransforms.spread((left.3, right.3)), to + 12 * next, next)
        }
      }
    }
  }

  /// Writes `Aᵀ m A` of each tile, plus `bias`, plus `addend`, after max(x, 0) if `relu`. `addend` has the target's
  /// layout and may be the target. Points outside the image are skipped. The tiles are in blocks of channels.
  func transformOutput(
    _ source: UnsafePointer<Float>, channels: Int, extent: Extent, bias: UnsafePointer<Float>?,
    addend: UnsafePointer<BFloat16>?, relu: Bool, to target: UnsafeMutablePointer<BFloat16>
  ) {
    let order = Order.blocked(channels: channels, count: count)
    let next = order.point
    for line in 0..<lines.count {
      let (image, row) = place(of: line)
      for block in 0..<channels / 16 {
        let plane = (image * channels / 16 + block) * extent.height * extent.width * 16
        let shift = bias.map { Lanes($0 + block * 16) } ?? Lanes()
        @inline(__always) func put(_ value: Lanes, _ y: Int, _ x: Int) {
          guard y < extent.height && x < extent.width else { return }
          let place = plane + (y * extent.width + x) * 16
          var sum = value + shift
          if let addend { sum += Lanes(addend + place) }
          // NaN stays NaN, so that it is noticed.
          if relu { sum.replace(with: 0, where: sum .<= 0) }
          sum.store(target + place)
        }
        for tile in 0..<columns {
          let from = source + (line * columns + tile) * order.tile + block * order.block
          @inline(__always) func column(_ number: Int) -> (Lanes, Lanes) {
            WinogradTransforms.gathered(
              (
                Lanes(from + number * next), Lanes(from + (4 + number) * next),
                Lanes(from + (8 + number) * next), Lanes(from + (12 + number) * next)
              ))
          }
          let (a, b, c, d) = (column(0), column(1), column(2), column(3))
          let top = WinogradTransforms.gathered((a.0, b.0, c.0, d.0))
          let bottom = WinogradTransforms.gathered((a.1, b.1, c.1, d.1))
          put(top.0, row * 2, tile * 2)
          put(top.1, row * 2, tile * 2 + 1)
          put(bottom.0, row * 2 + 1, tile * 2)
          put(bottom.1, row * 2 + 1, tile * 2 + 1)
        }
      }
    }
  }

  /// Stores one row of a transformed tile in four of the matrices.
  @inline(__always)
  private static func put(
    _ values: WinogradTransforms.Four, _ to: UnsafeMutablePointer<BFloat16>, _ next: Int
  ) {
    values.0.storePaired(to)
    values.1.storePaired(to + next)
    values.2.storePaired(to + 2 * next)
    values.3.storePaired(to + 3 * next)
  }
}
