import Errors

/// The sums of products that make up the filters' gradient, for some blocks of 16 outputs and all inputs. Each pair of
/// blocks has 36 adjacent matrices `[16 outputs, 16 inputs]`.
struct FilterGradientSums {
  /// The blocks of 16 outputs.
  let outputBlocks: Range<Int>
  private let inputBlocks: Int
  private let memory: Tensor
  private let numbers: UnsafeMutablePointer<Float>

  /// The number of elements per pair of blocks.
  static let pairCount = 36 * 256

  /// Creates sums of zero. Throws `outOfMemory`.
  init(outputBlocks: Range<Int>, inputBlocks: Int) throws(TensorError) {
    self.outputBlocks = outputBlocks
    self.inputBlocks = inputBlocks
    let count = outputBlocks.count * inputBlocks * Self.pairCount
    memory = try Tensor(
      uninitialized: [count], .rowMajor([count], .float32), operation: "convolution")
    numbers = memory.stored()
    numbers.update(repeating: 0, count: count)
  }

  /// Returns the sums of a pair of blocks.
  @inline(__always)
  func pair(output: Int, input: Int) -> UnsafeMutablePointer<Float> {
    numbers + ((output - outputBlocks.lowerBound) * inputBlocks + input) * Self.pairCount
  }

  /// Adds the products of `tileCount` tiles.
  func add(_ gradient: TileMatrices, _ input: TileMatrices, tileCount: Int) {
    for output in outputBlocks {
      for block in 0..<inputBlocks {
        let sums = pair(output: output, input: block)
        let left = gradient.start(ofTile: 0, block: (output - outputBlocks.lowerBound) * 2)
        let right = input.start(ofTile: 0, block: block * 2)
        for point in 0..<36 {
          RegisterTile.addTransposed(
            left + point * gradient.point, right + point * input.point, inner: tileCount,
            to: sums + point * 256)
        }
      }
    }
  }

  /// Adds up the sums of a pair of blocks over all `parts`, transforms them to `Gᵀ u G`, and writes them to their place
  /// in `[outputs, inputs, 3, 3]`.
  static func transform(
    _ parts: [UnsafeMutablePointer<Float>], inputs: Int, to target: UnsafeMutablePointer<Float>
  ) {
    // Goes through memory, as the compiler would otherwise transform number by number.
    let filters = Tensor(uninitialized: [9, 16])
    let gathered: UnsafeMutablePointer<Float> = filters.stored()
    defer { withExtendedLifetime(filters) {} }
    typealias Lanes = SIMD16<Float>
    for output in 0..<16 {
      @inline(__always) func sum(_ point: Int) -> Lanes {
        let place = point * 256 + output * 16
        var sum = Lanes(parts[0] + place)
        for part in parts.dropFirst() { sum += Lanes(part + place) }
        return sum
      }
      @inline(__always) func column(_ number: Int) -> (Lanes, Lanes, Lanes) {
        SingleWinogradTransforms.filterGradient(
          (
            sum(number), sum(6 + number), sum(12 + number), sum(18 + number), sum(24 + number),
            sum(30 + number)
          ))
      }
      let (a, b, c) = (column(0), column(1), column(2))
      let (d, e, f) = (column(3), column(4), column(5))
      @inline(__always) func put(_ row: Int, _ line: SingleWinogradTransforms.Six<Lanes>) {
        let (left, middle, right) = SingleWinogradTransforms.filterGradient(line)
        Float.store(left, gathered + row * 48)
        Float.store(middle, gathered + row * 48 + 16)
        Float.store(right, gathered + row * 48 + 32)
      }
      put(0, (a.0, b.0, c.0, d.0, e.0, f.0))
      put(1, (a.1, b.1, c.1, d.1, e.1, f.1))
      put(2, (a.2, b.2, c.2, d.2, e.2, f.2))
      let to = target + output * inputs * 9
      for lane in 0..<16 {
        for point in 0..<9 { to[lane * 9 + point] = gathered[point * 16 + lane] }
      }
    }
  }
}
