import Errors

// Elementwise operations do not depend on the memory layout. They run over the memory in order, in parallel, padding
// included. They must map zeros to zero, as the padding of a blocked layout has to stay zero. An operation for which
// that does not hold converts the tensor to row-major first.
//
// They process sixteen elements at a time, in single precision, so that a closure that is not inlined costs one call
// per sixteen. The last vector may extend past the elements, but not past the memory, whose size is a multiple of 64
// bytes (``TensorMemory``).

extension Tensor {
  typealias Lanes = SIMD16<Float>

  /// Returns `transform` of each element, in this tensor's layout. Supports `float32` and `bfloat16`, for which results
  /// are rounded to the nearest.
  func mapped(_ transform: (Lanes) -> Lanes) throws(TensorError) -> Tensor {
    if elementCount == 0 { return self }
    let result = try uninitializedCopy()
    switch elementType {
    case .bfloat16: map(BFloat16.self, to: result, transform)
    default: map(Float.self, to: result, transform)
    }
    return result
  }

  /// Returns a copy in memory of its own.
  func copied() throws(TensorError) -> Tensor {
    let result = try uninitializedCopy()
    nonisolated(unsafe) let (source, target) = (storedBytes, result.storedBytes)
    ParallelLoop.forEachPart(of: description.byteCount, grain: 1 << 18) { part in
      UnsafeMutableRawBufferPointer(rebasing: target[part])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[part]))
    }
    return result
  }

  /// Returns `combine` of each element with that of `other`, of the same shape. `other` is first converted to this
  /// tensor's layout and type, which the result has too.
  func combined(
    _ other: Tensor, _ combine: (Lanes, Lanes) -> Lanes
  ) throws(TensorError) -> Tensor {
    precondition(shape == other.shape, "\(shape) with \(other.shape)")
    if elementCount == 0 { return self }
    let other = try other.laidOut(as: description)
    let result = try uninitializedCopy()
    self.combine(other, into: result, by: combine)
    return result
  }

  /// Adds `other`, of the same shape, after converting it to this tensor's layout and type. Works in place if the
  /// memory is not shared.
  mutating func add(_ other: Tensor) throws(TensorError) {
    precondition(shape == other.shape, "\(other.shape) added to \(shape)")
    if elementCount == 0 { return }
    let other = try other.laidOut(as: description)
    let sum = hasOwnStorage ? self : try uninitializedCopy()
    combine(other, into: sum) { $0 + $1 }
    self = sum
  }

  /// Returns this tensor where `output` is positive or NaN, else 0: the gradient of max(x, 0) for that output. The
  /// result has the layout and type of `output`.
  func kept(wherePositive output: Tensor) throws(TensorError) -> Tensor {
    try output.combined(self) { output, gradient in
      gradient.replacing(with: 0, where: output .<= 0)
    }
  }

  private func map<Element: VectorElement>(
    _ type: Element.Type, to result: Tensor, _ transform: (Lanes) -> Lanes
  ) {
    let from: UnsafeMutablePointer<Element> = stored()
    let to: UnsafeMutablePointer<Element> = result.stored()
    forEachVector(of: type) { Element.store(transform(Element.load(from + $0)), to + $0) }
    withExtendedLifetime((self, result)) {}
  }

  private func combine(_ other: Tensor, into result: Tensor, by combine: (Lanes, Lanes) -> Lanes) {
    switch elementType {
    case .bfloat16: self.combine(BFloat16.self, other, into: result, by: combine)
    default: self.combine(Float.self, other, into: result, by: combine)
    }
  }

  private func combine<Element: VectorElement>(
    _ type: Element.Type, _ other: Tensor, into result: Tensor, by combine: (Lanes, Lanes) -> Lanes
  ) {
    let left: UnsafeMutablePointer<Element> = stored()
    let right: UnsafeMutablePointer<Element> = other.stored()
    let to: UnsafeMutablePointer<Element> = result.stored()
    forEachVector(of: type) {
      Element.store(combine(Element.load(left + $0), Element.load(right + $0)), to + $0)
    }
    withExtendedLifetime((self, other, result)) {}
  }

  /// Calls `body` with the position of every sixteenth element, in parallel.
  @inline(__always)
  private func forEachVector<Element>(of type: Element.Type, _ body: (Int) -> Void) {
    let count = description.byteCount / MemoryLayout<Element>.stride
    // On oneDNN's thread the team is already awake; elsewhere threads must be woken first.
    let grain = ComputeThread.isCurrent ? 1 << 10 : 1 << 13
    ParallelLoop.forEachPart(of: (count + 15) / 16, grain: grain) { part in
      for vector in part { body(vector * 16) }
    }
  }

  /// Returns the start of the elements in memory. The caller keeps the tensor alive.
  func stored<Element>() -> UnsafeMutablePointer<Element> {
    storedBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Element.self)
  }

  private func uninitializedCopy() throws(TensorError) -> Tensor {
    try Tensor(uninitialized: shape, description, operation: "element by element")
  }
}
