/// The transforms of Winograd's minimal filtering F(2x2, 3x3) (Lavin, Gray, "Fast algorithms for convolutional neural
/// networks", 2016). For a 4x4 input tile d and a 3x3 filter g, the 2x2 outputs are `Aᵀ [(G g Gᵀ) (Bᵀ d B)] A`, with an
/// elementwise product in brackets. Summing over channels takes 16 matrix products, with 16 instead of 36
/// multiplications for four outputs.
///
/// Sixteen channels are processed at a time, in single precision, and rounded to bfloat16 for the products.
struct WinogradTransforms {
  typealias Lanes = SIMD16<Float>
  /// Four rows or columns of a tile.
  typealias Four = (Lanes, Lanes, Lanes, Lanes)

  /// Returns Bᵀ times a column of four.
  @inline(__always)
  static func spread(_ d: Four) -> Four { (d.0 - d.2, d.1 + d.2, d.2 - d.1, d.1 - d.3) }

  /// Returns Aᵀ times a column of four.
  @inline(__always)
  static func gathered(_ m: Four) -> (Lanes, Lanes) { (m.0 + m.1 + m.2, m.1 - m.2 - m.3) }

  /// Returns A times a column of two.
  @inline(__always)
  static func spread(_ y: (Lanes, Lanes)) -> Four { (y.0, y.0 + y.1, y.0 - y.1, -y.1) }

  /// Returns G times a column of three.
  @inline(__always)
  static func spread(_ g: (Lanes, Lanes, Lanes)) -> Four {
    let ends = g.0 + g.2
    return (g.0, (ends + g.1) * 0.5, (ends - g.1) * 0.5, g.2)
  }

  /// Returns Gᵀ times a column of four.
  @inline(__always)
  static func gatheredByThree(_ u: Four) -> (Lanes, Lanes, Lanes) {
    let sum = (u.1 + u.2) * 0.5
    return (u.0 + sum, (u.1 - u.2) * 0.5, sum + u.3)
  }

  /// Writes `G g Gᵀ` of filters `[outputs, inputs, 3, 3]`, rotated by 180° if `isTurned`, as 16 matrices `[outputs,
  /// inputs]`.
  static func filters(
    _ source: UnsafePointer<Float>, inputs: Int, outputs: Int, isTurned: Bool,
    to target: UnsafeMutablePointer<BFloat16>
  ) {
    let next = inputs * outputs
    ParallelLoop.forEachPart(of: inputs * outputs / 16, grain: 64) { blocks in
      for block in blocks {
        let from = source + block * 144
        // Gathers lane by lane from 144 consecutive numbers.
        @inline(__always) func point(_ number: Int) -> Lanes {
          var lanes = Lanes()
          let place = isTurned ? 8 - number : number
          for lane in 0..<16 { lanes[lane] = from[lane * 9 + place] }
          return lanes
        }
        let left = spread((point(0), point(3), point(6)))
        let middle = spread((point(1), point(4), point(7)))
        let right = spread((point(2), point(5), point(8)))
        @inline(__always) func put(_ row: Int, _ values: Four) {
          let to = target + row * 4 * next + block * 16
          values.0.store(to)
          values.1.store(to + next)
          values.2.store(to + 2 * next)
          values.3.store(to + 3 * next)
        }
        put(0, spread((left.0, middle.0, right.0)))
        put(1, spread((left.1, middle.1, right.1)))
        put(2, spread((left.2, middle.2, right.2)))
        put(3, spread((left.3, middle.3, right.3)))
      }
    }
  }

  /// Writes the filters' gradient `[outputs, inputs, 3, 3]`: `Gᵀ u G`, where u is the sum of all `sources`, 16 matrices
  /// `[outputs, inputs]` each.
  static func filterGradient(
    _ sources: [UnsafePointer<Float>], inputs: Int, outputs: Int,
    to target: UnsafeMutablePointer<Float>
  ) {
    let next = inputs * outputs
    ParallelLoop.forEachPart(of: inputs * outputs / 16, grain: 64) { blocks in
      for block in blocks {
        @inline(__always) func sum(_ point: Int) -> Lanes {
          let place = block * 16 + point * next
          return sources.dropFirst().reduce(Lanes(sources[0] + place)) { $0 + Lanes($1 + place) }
        }
        @inline(__always) func column(_ number: Int) -> (Lanes, Lanes, Lanes) {
          gatheredByThree((sum(number), sum(4 + number), sum(8 + number), sum(12 + number)))
        }
        let (a, b, c, d) = (column(0), column(1), column(2), column(3))
        @inline(__always) func put(_ row: Int, _ values: Four) {
          let (left, middle, right) = gatheredByThree(values)
          let to = target + block * 144 + row * 3
          for lane in 0..<16 {
            to[lane * 9] = left[lane]
            to[lane * 9 + 1] = middle[lane]
            to[lane * 9 + 2] = right[lane]
          }
        }
        put(0, (a.0, b.0, c.0, d.0))
        put(1, (a.1, b.1, c.1, d.1))
        put(2, (a.2, b.2, c.2, d.2))
      }
    }
  }
}
