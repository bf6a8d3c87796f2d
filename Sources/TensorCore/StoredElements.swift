// Operations that take each element by itself do not mind where it lies: they run over the memory as
// it is stored, padding included, on all threads of oneDNN's team. What they make of zeros must be
// zero, which the padding has to stay.

extension Tensor {
  /// `transform` of each element, lying as this tensor's do. For `float32` and `bfloat16`, which is
  /// computed in single precision and rounded to the nearest.
  @inline(__always)
  func mappedAsStored(_ transform: (Float) -> Float) throws(TensorError) -> Tensor {
    if elementCount == 0 { return self }
    let result = try emptyCopy()
    switch elementType {
    case .bfloat16:
      let (to, from) = (result.stored(BFloat16.self), stored(BFloat16.self))
      OpenMP.forEachPart(of: from.count, grain: storedGrain) { part in
        for position in part { to[position] = BFloat16(transform(Float(from[position]))) }
      }
    default:
      let (to, from) = (result.stored(Float.self), stored(Float.self))
      OpenMP.forEachPart(of: from.count, grain: storedGrain) { part in
        for position in part { to[position] = transform(from[position]) }
      }
    }
    withExtendedLifetime(self) {}
    return result
  }

  /// `combine` of each element and that of `other`, of the same shape, which is first brought into
  /// this tensor's layout and type. The result lies as this tensor does.
  @inline(__always)
  func combinedAsStored(
    _ other: Tensor, _ combine: (Float, Float) -> Float
  ) throws(TensorError) -> Tensor {
    precondition(shape == other.shape, "\(shape) with \(other.shape)")
    let other = try other.laidOut(as: description)
    let result = try emptyCopy()
    switch elementType {
    case .bfloat16:
      let to = result.stored(BFloat16.self)
      let (left, right) = (stored(BFloat16.self), other.stored(BFloat16.self))
      OpenMP.forEachPart(of: to.count, grain: storedGrain) { part in
        for position in part {
          to[position] = BFloat16(combine(Float(left[position]), Float(right[position])))
        }
      }
    default:
      let to = result.stored(Float.self)
      let (left, right) = (stored(Float.self), other.stored(Float.self))
      OpenMP.forEachPart(of: to.count, grain: storedGrain) { part in
        for position in part { to[position] = combine(left[position], right[position]) }
      }
    }
    withExtendedLifetime((self, other)) {}
    return result
  }

  /// Adds `other`, of the same shape, in place, in this tensor's layout and type.
  mutating func addAsStored(_ other: Tensor) throws(TensorError) {
    let other = try other.laidOut(as: description)
    // A copy only where another holds the memory too.
    if !hasOwnStorage { self = try mappedAsStored { $0 } }
    switch elementType {
    case .bfloat16:
      let (sum, part) = (stored(BFloat16.self), other.stored(BFloat16.self))
      OpenMP.forEachPart(of: sum.count, grain: storedGrain) { range in
        for position in range {
          sum[position] = BFloat16(Float(sum[position]) + Float(part[position]))
        }
      }
    default:
      let (sum, part) = (stored(Float.self), other.stored(Float.self))
      OpenMP.forEachPart(of: sum.count, grain: storedGrain) { range in
        for position in range { sum[position] += part[position] }
      }
    }
    withExtendedLifetime(other) {}
  }

  /// This tensor where `output` is above 0 (or no number), else 0: the gradient of max(x, 0), given
  /// its output. Lies as `output` does, and is of its type.
  func kept(wherePositive output: Tensor) throws(TensorError) -> Tensor {
    if elementCount == 0 { return self }
    return try output.combinedAsStored(self) { output, gradient in output <= 0 ? 0 : gradient }
  }

  private func emptyCopy() throws(TensorError) -> Tensor {
    try Tensor(uninitialized: shape, description, operation: "element by element")
  }

  private func stored<Element>(_ type: Element.Type) -> UnsafeMutableBufferPointer<Element> {
    let count = description.byteCount / MemoryLayout<Element>.stride
    return UnsafeMutableBufferPointer(
      start: storedBytes.baseAddress?.bindMemory(to: Element.self, capacity: count), count: count)
  }
}

/// The elements that are worth a thread, and the step at which parts begin: whole vectors.
private let storedGrain = 1 << 14
