import Errors

/// A convolution's filters, transformed for ``SingleWinogradConvolution``: 36 matrices `[outputs / 16, inputs, 16]`,
/// one for each point of a transformed tile.
struct SingleWinogradFilters {
  private typealias Lanes = SIMD16<Float>

  let inputs: Int
  private let memory: Tensor
  private let numbers: UnsafeMutablePointer<Float>
  /// The stride between matrices; see ``TileMatrices/point``.
  private let point: Int

  /// Computes `G g Gᵀ` of filters `[outputs, inputs, 3, 3]`. If `isTurned`, they are rotated by 180° and their inputs
  /// and outputs are swapped.
  init(_ weight: Tensor, isTurned: Bool) throws(TensorError) {
    let weight = try weight.rowMajor(as: .float32)
    let (given, made) = (weight.shape[1], weight.shape[0])
    let (inputs, outputs) = isTurned ? (made, given) : (given, made)
    self.inputs = inputs
    point = inputs * outputs + 16
    let count = 36 * point
    memory = try Tensor(
      uninitialized: [count], .rowMajor([count], .float32), operation: "convolution")
    numbers = memory.stored()
    // The strides between outputs and between inputs.
    let (output, input) = isTurned ? (9, given * 9) : (given * 9, 9)
    let source: UnsafeMutablePointer<Float> = weight.stored()
    let (target, next) = (numbers, point)
    ParallelLoop.forEachPart(of: outputs / 16 * inputs, grain: 64) { places in
      // Goes through memory, as the compiler would otherwise transform number by number.
      let gathered = Tensor(uninitialized: [9, 16])
      for place in places {
        let from = source + place / inputs * 16 * output + place % inputs * input
        Self.transform(
          from, step: output, isTurned: isTurned, to: target + place * 16, next,
          by: gathered.stored())
      }
      withExtendedLifetime(gathered) {}
    }
    withExtendedLifetime(weight) {}
  }

  /// Returns the matrix of a point for 16 outputs.
  @inline(__always)
  func matrix(point number: Int, block: Int) -> UnsafePointer<Float> {
    UnsafePointer(numbers + number * point + block * inputs * 16)
  }

  /// Transforms 16 filters, `step` numbers apart.
  private static func transform(
    _ from: UnsafePointer<Float>, step: Int, isTurned: Bool, to: UnsafeMutablePointer<Float>,
    _ next: Int, by gathered: UnsafeMutablePointer<Float>
  ) {
    for lane in 0..<16 {
      let filter = from + lane * step
      for point in 0..<9 { gathered[point * 16 + lane] = filter[point] }
    }
    @inline(__always) func point(_ number: Int) -> Lanes {
      Lanes(gathered + (isTurned ? 8 - number : number) * 16)
    }
    let left = SingleWinogradTransforms.filter((point(0), point(3), point(6)))
    let middle = SingleWinogradTransforms.filter((point(1), point(4), point(7)))
    let right = SingleWinogradTransforms.filter((point(2), point(5), point(8)))
    @inline(__always) func put(_ row: Int, _ line: (Lanes, Lanes, Lanes)) {
      let values = SingleWinogradTransforms.filter(line)
      let to = to + row * 6 * next
      Float.store(values.0, to)
      Float.store(values.1, to + next)
      Float.store(values.2, to + 2 * next)
      Float.store(values.3, to + 3 * next)
      Float.store(values.4, to + 4 * next)
      Float.store(values.5, to + 5 * next)
    }
    put(0, (left.0, middle.0, right.0))
    put(1, (left.1, middle.1, right.1))
    put(2, (left.2, middle.2, right.2))
    put(3, (left.3, middle.3, right.3))
    put(4, (left.4, middle.4, right.4))
    put(5, (left.5, middle.5, right.5))
  }
}
