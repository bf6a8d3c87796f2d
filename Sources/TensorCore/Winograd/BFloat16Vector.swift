extension SIMD16<Float> {
  /// Sixteen bfloat16 numbers that lie side by side.
  @inline(__always)
  init(_ start: UnsafePointer<BFloat16>) {
    let bits = UnsafeRawPointer(start).loadUnaligned(as: SIMD16<UInt16>.self)
    let wide = SIMD16<UInt32>(truncatingIfNeeded: bits) &<< 16
    self = unsafeBitCast(wide, to: SIMD16<Float>.self)
  }

  /// Sixteen numbers that lie side by side.
  @inline(__always)
  init(_ start: UnsafePointer<Float>) {
    self = UnsafeRawPointer(start).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// Writes the numbers, each rounded to the nearest, of two the even one.
  @inline(__always)
  func store(_ start: UnsafeMutablePointer<BFloat16>) {
    let bits = unsafeBitCast(self, to: SIMD16<UInt32>.self)
    let rounded = (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16
    UnsafeMutableRawPointer(start).storeBytes(
      of: SIMD16<UInt16>(truncatingIfNeeded: rounded), as: SIMD16<UInt16>.self)
  }
}
