/// A number in 16 bits: sign, exponent and the first 7 bits of the fraction of a single-precision
/// number, so of its range and of 2 to 3 decimal places.
package struct BFloat16: TensorElement, Hashable, CustomStringConvertible {
  package static var elementType: ElementType { .bfloat16 }

  /// The upper half of the single-precision number's bits.
  package let bitPattern: UInt16

  package init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// The nearest such number, of two the one whose last bit is 0; beyond the largest it is infinite.
  /// NaN stays NaN.
  @inline(__always)
  package init(_ number: Float) {
    let bits = number.bitPattern
    // What is cut off counts as a half or more when this carries into the upper half.
    let rounded = bits &+ 0x7FFF &+ (bits >> 16 & 1)
    // NaN is cut, and kept from becoming infinite by a set bit.
    let kept = bits & 0x7FFF_FFFF > 0x7F80_0000 ? bits | 0x0040_0000 : rounded
    bitPattern = UInt16(truncatingIfNeeded: kept >> 16)
  }

  /// The number as it is written: `0.1` becomes `0.10009766`.
  package var description: String { Float(self).description }
}

extension Float {
  /// The same number: every `BFloat16` is a `Float`.
  @inline(__always)
  package init(_ number: BFloat16) {
    self.init(bitPattern: UInt32(number.bitPattern) << 16)
  }
}
