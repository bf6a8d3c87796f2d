/// A run of elements outside Swift's arrays, zero at first and freed with its owner: for inner loops,
/// where an array's checks and copies would cost more than the work.
final class ScratchMemory<Element: BitwiseCopyable> {
  /// The elements. Whoever keeps the pointer keeps this object alive as long.
  let elements: UnsafeMutableBufferPointer<Element>

  /// `count` elements, each `zero`, from a multiple of 64 bytes.
  init(_ count: Int, zero: Element) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
    elements = bytes.bindMemory(to: Element.self)
    elements.initialize(repeating: zero)
  }

  deinit { UnsafeMutableRawBufferPointer(elements).deallocate() }
}

extension ScratchMemory {
  /// Where the elements begin.
  @inline(__always)
  var base: UnsafeMutablePointer<Element> { elements.baseAddress.unsafelyUnwrapped }
}

extension ScratchMemory<SIMD8<Float>> {
  /// The lanes of all vectors in order.
  @inline(__always)
  var numbers: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: Float.self)
  }
}
