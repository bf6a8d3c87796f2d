import Errors

// Operations that take each element by itself do not mind where it lies: they run over the memory as
// it lies, padding included, in parallel. What they make of zeros must be zero, which the padding of a
// blocked layout has to stay: an operation for which that is not so takes the tensor row-major first.
//
// Sixteen elements at a time, in single precision: a closure that the compiler does not see through
// then costs one call for sixteen. The last vector may reach beyond the elements, not beyond the memory,
// which is a multiple of 64 bytes long (``TensorMemory``).

extension Tensor {
  typealias Lanes = SIMD16<Float>

  /// `transform` of each element, in the layout of this tensor. For `float32` and `bfloat16`, which is
  /// rounded to the nearest.
  func mapped(_ transform: (Lanes) -> Lanes) throws(TensorError) -> Tensor {
    if elementCount == 0 { return self }
    let result = try uninitializedCopy()
    switch elementType {
    case .bfloat16: map(BFloat16.self, to: result, transform)
    default: map(Float.self, to: result, transform)
    }
    return result
  }

  /// The same elements in memory of their own.
  func copied() throws(TensorError) -> Tensor {
    let result = try uninitializedCopy()
    nonisolated(unsafe) let (source, target) = (storedBytes, result.storedBytes)
    ParallelLoop.forEachPart(of: description.byteCount, grain: 1 << 18) { part in
      UnsafeMutableRawBufferPointer(rebasing: target[part])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[part]))
    }
    return result
  }

  /// `combine` of each element and that of `other`, of the same shape, which is first brought into
  /// this tensor's layout and type. The result has this tensor's.
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

  /// Adds `other`, of the same shape, in this tensor's layout and type: in place where nobody else holds
  /// the memory.
  mutating func add(_ other: Tensor) throws(TensorError) {
    precondition(shape == other.shape, "\(other.shape) added to \(shape)")
    if elementCount == 0 { return }
    let other = try other.laidOut(as: description)
    let sum = hasOwnStorage ? self : try uninitializedCopy()
    combine(other, into: sum) { $0 + $1 }
    self = sum
  }

  /// This tensor where `output` is above 0 (or NaN), else 0: the gradient of max(x, 0), given its
  /// output, whose layout and type the result has.
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
    // oneDNN's team is awake on its thread; another has to be woken first.
    let grain = ComputeThread.isCurrent ? 1 << 10 : 1 << 13
    ParallelLoop.forEachPart(of: (count + 15) / 16, grain: grain) { part in
      for vector in part { body(vector * 16) }
    }
  }

  /// Where the elements begin in memory. The caller keeps the tensor alive.
  func stored<Element>() -> UnsafeMutablePointer<Element> {
    storedBytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Element.self)
  }

  private func uninitializedCopy() throws(TensorError) -> Tensor {
    try Tensor(uninitialized: shape, description, operation: "element by element")
  }
}
