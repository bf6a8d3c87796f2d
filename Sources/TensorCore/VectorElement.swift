extension SIMD16<Float> {
  /// Loads sixteen consecutive bfloat16 numbers.
  @inline(__always)
  init(_ start: UnsafePointer<BFloat16>) {
    let bits = UnsafeRawPointer(start).loadUnaligned(as: SIMD16<UInt16>.self)
    let wide = SIMD16<UInt32>(truncatingIfNeeded: bits) &<< 16
    self = unsafeBitCast(wide, to: SIMD16<Float>.self)
  }

  /// Loads sixteen consecutive numbers.
  @inline(__always)
  init(_ start: UnsafePointer<Float>) {
    self = UnsafeRawPointer(start).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// Stores the numbers, rounded to nearest, ties to even.
  @inline(__always)
  func store(_ start: UnsafeMutablePointer<BFloat16>) {
    let bits = unsafeBitCast(self, to: SIMD16<UInt32>.self)
    let rounded = (bits &+ 0x7FFF &+ ((bits &>> 16) & 1)) &>> 16
    UnsafeMutableRawPointer(start).storeBytes(
      of: SIMD16<UInt16>(truncatingIfNeeded: rounded), as: SIMD16<UInt16>.self)
  }

  /// Loads sixteen consecutive bfloat16 numbers, first those at even positions, then those at odd ones. This saves a
  /// shuffle where the order does not matter; ``storePaired(_:)`` restores it.
  @inline(__always)
  init(paired start: UnsafePointer<BFloat16>) {
    let pairs = UnsafeRawPointer(start).loadUnaligned(as: SIMD8<UInt32>.self)
    let bits = SIMD16<UInt32>(lowHalf: pairs &<< 16, highHalf: pairs & 0xFFFF_0000)
    self = unsafeBitCast(bits, to: SIMD16<Float>.self)
  }

  /// Stores numbers in the order of ``init(paired:)``, rounded as by ``store(_:)``.
  @inline(__always)
  func storePaired(_ start: UnsafeMutablePointer<BFloat16>) {
    let bits = unsafeBitCast(self, to: SIMD16<UInt32>.self)
    let rounded = bits &+ 0x7FFF &+ ((bits &>> 16) & 1)
    UnsafeMutableRawPointer(start).storeBytes(
      of: (rounded.lowHalf &>> 16) | (rounded.highHalf & 0xFFFF_0000), as: SIMD8<UInt32>.self)
  }
}

/// Elements that are loaded and stored sixteen at a time, as single precision, in a type-specific order.
protocol VectorElement {
  /// Loads sixteen consecutive elements.
  static func load(_ start: UnsafePointer<Self>) -> SIMD16<Float>
  /// Stores sixteen elements in the order of ``load(_:)``, rounded to nearest if the type is less precise.
  static func store(_ values: SIMD16<Float>, _ start: UnsafeMutablePointer<Self>)
}

extension Float: VectorElement {
  @inline(__always)
  static func load(_ start: UnsafePointer<Float>) -> SIMD16<Float> { SIMD16(start) }

  @inline(__always)
  static func store(_ values: SIMD16<Float>, _ start: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(start).storeBytes(of: values, as: SIMD16<Float>.self)
  }
}

extension BFloat16: VectorElement {
  @inline(__always)
  static func load(_ start: UnsafePointer<BFloat16>) -> SIMD16<Float> { SIMD16(paired: start) }

  @inline(__always)
  static func store(_ values: SIMD16<Float>, _ start: UnsafeMutablePointer<BFloat16>) {
    values.storePaired(start)
  }
}

extension SIMD8<Float> {
  /// Loads eight consecutive numbers from a 32-byte aligned address.
  @inline(__always)
  init(_ start: UnsafePointer<Float>) {
    self = UnsafeRawPointer(start).assumingMemoryBound(to: SIMD8<Float>.self).pointee
  }

  /// Stores the numbers to a 32-byte aligned address.
  @inline(__always)
  func store(_ start: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(start).assumingMemoryBound(to: SIMD8<Float>.self).pointee = self
  }
}
