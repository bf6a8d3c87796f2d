/// A zero-initialised buffer outside Swift's arrays, freed with its owner. For inner loops in which an array's checks
/// and copies would cost more than the work.
final class ScratchMemory<Element: BitwiseCopyable> {
  /// The elements. Holders of the pointer must keep this object alive.
  let elements: UnsafeMutableBufferPointer<Element>

  /// Allocates `count` elements, each `zero`, aligned to 64 bytes.
  init(_ count: Int, zero: Element) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
    elements = bytes.bindMemory(to: Element.self)
    elements.initialize(repeating: zero)
  }

  deinit { UnsafeMutableRawBufferPointer(elements).deallocate() }
}

extension ScratchMemory {
  /// The address of the first element.
  @inline(__always)
  var base: UnsafeMutablePointer<Element> { elements.baseAddress.unsafelyUnwrapped }
}

extension ScratchMemory<SIMD8<Float>> {
  /// The lanes of all vectors, in order.
  @inline(__always)
  var numbers: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: Float.self)
  }
}
