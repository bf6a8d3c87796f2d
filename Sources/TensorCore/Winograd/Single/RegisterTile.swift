/// The inner kernel of single-precision matrix products. Six rows by sixteen columns of the result stay in registers
/// over the whole inner dimension (AVX2 has sixteen registers of eight numbers).
enum RegisterTile {
  typealias Lanes = SIMD16<Float>

  /// The number of result rows computed at a time.
  static let rows = 6

  /// Computes six rows of `left x right`. Left is `[inner / 16, rows, 16]`, with a stride of `leftStep` numbers between
  /// blocks of 16. Right is `[inner, 16]` and the result `[6, 16]`, both contiguous.
  @inline(never)
  static func multiply(
    _ left: UnsafePointer<Float>, step leftStep: Int, blocks: Int, _ right: UnsafePointer<Float>,
    to result: UnsafeMutablePointer<Float>
  ) {
    var (left, right) = (left, right)
    var (a, b, c) = (Lanes(), Lanes(), Lanes())
    var (d, e, f) = (Lanes(), Lanes(), Lanes())
    for _ in 0..<blocks {
      for inner in 0..<16 {
        let line = Lanes(right)
        right += 16
        a = a.addingProduct(Lanes(repeating: left[inner]), line)
        b = b.addingProduct(Lanes(repeating: left[inner + 16]), line)
        c = c.addingProduct(Lanes(repeating: left[inner + 32]), line)
        d = d.addingProduct(Lanes(repeating: left[inner + 48]), line)
        e = e.addingProduct(Lanes(repeating: left[inner + 64]), line)
        f = f.addingProduct(Lanes(repeating: left[inner + 80]), line)
      }
      left += leftStep
    }
    Float.store(a, result)
    Float.store(b, result + 16)
    Float.store(c, result + 32)
    Float.store(d, result + 48)
    Float.store(e, result + 64)
    Float.store(f, result + 80)
  }

  /// Adds `leftᵀ x right` to 16 rows of a result. Left and right are `[inner, 16]`, the result is `[16, 16]`, all
  /// contiguous.
  @inline(__always)
  static func addTransposed(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, inner: Int,
    to result: UnsafeMutablePointer<Float>
  ) {
    addSix(left, right, inner: inner, to: result)
    addSix(left + 6, right, inner: inner, to: result + 96)
    addFour(left + 12, right, inner: inner, to: result + 192)
  }

  @inline(never)
  private static func addSix(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, inner: Int,
    to result: UnsafeMutablePointer<Float>
  ) {
    var (left, right) = (left, right)
    var (a, b, c) = (Lanes(), Lanes(), Lanes())
    var (d, e, f) = (Lanes(), Lanes(), Lanes())
    for _ in 0..<inner {
      let line = Lanes(right)
      a = a.addingProduct(Lanes(repeating: left[0]), line)
      b = b.addingProduct(Lanes(repeating: left[1]), line)
      c = c.addingProduct(Lanes(repeating: left[2]), line)
      d = d.addingProduct(Lanes(repeating: left[3]), line)
      e = e.addingProduct(Lanes(repeating: left[4]), line)
      f = f.addingProduct(Lanes(repeating: left[5]), line)
      left += 16
      right += 16
    }
    Float.store(Lanes(result) + a, result)
    Float.store(Lanes(result + 16) + b, result + 16)
    Float.store(Lanes(result + 32) + c, result + 32)
    Float.store(Lanes(result + 48) + d, result + 48)
    Float.store(Lanes(result + 64) + e, result + 64)
    Float.store(Lanes(result + 80) + f, result + 80)
  }

  @inline(never)
  private static func addFour(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, inner: Int,
    to result: UnsafeMutablePointer<Float>
  ) {
    var (left, right) = (left, right)
    var (a, b, c, d) = (Lanes(), Lanes(), Lanes(), Lanes())
    for _ in 0..<inner {
      let line = Lanes(right)
      a = a.addingProduct(Lanes(repeating: left[0]), line)
      b = b.addingProduct(Lanes(repeating: left[1]), line)
      c = c.addingProduct(Lanes(repeating: left[2]), line)
      d = d.addingProduct(Lanes(repeating: left[3]), line)
      left += 16
      right += 16
    }
    Float.store(Lanes(result) + a, result)
    Float.store(Lanes(result + 16) + b, result + 16)
    Float.store(Lanes(result + 32) + c, result + 32)
    Float.store(Lanes(result + 48) + d, result + 48)
  }
}
