/// A 16-bit floating-point number: the sign, exponent and first 7 fraction bits of a single-precision number. It has
/// the same range and 2 to 3 significant decimal digits.
package struct BFloat16: TensorElement, Hashable, CustomStringConvertible {
  package static var elementType: ElementType { .bfloat16 }

  /// The upper half of the single-precision number's bits.
  package let bitPattern: UInt16

  package init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Rounds to the nearest value, ties to even; beyond the largest, to infinity. NaN stays NaN.
  @inline(__always)
  package init(_ number: Float) {
    let bits = number.bitPattern
    // The sum carries into the upper half if the discarded bits round up.
    let rounded = bits &+ 0x7FFF &+ (bits >> 16 & 1)
    // NaN is truncated with a bit set, so that it does not become infinite.
    let kept = bits & 0x7FFF_FFFF > 0x7F80_0000 ? bits | 0x0040_0000 : rounded
    bitPattern = UInt16(truncatingIfNeeded: kept >> 16)
  }

  /// The number in decimal: `0.1` becomes `0.10009766`.
  package var description: String { Float(self).description }
}

extension Float {
  /// Converts exactly: every `BFloat16` is a `Float`.
  @inline(__always)
  package init(_ number: BFloat16) {
    self.init(bitPattern: UInt32(number.bitPattern) << 16)
  }
}
