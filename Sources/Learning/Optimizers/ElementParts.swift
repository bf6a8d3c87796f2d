import TensorCore

/// Where the elements of a parameter, its gradient and its running means begin, for a loop over all
/// of them.
///
/// `@unchecked Sendable`: several threads use it at a time only within
/// ``ComputeContext/forEachPart(of:grain:_:)``, each for positions of its own, while the caller keeps the tensors.
struct ElementPointers: @unchecked Sendable {
  let value: UnsafeMutablePointer<Float>
  let gradient: UnsafePointer<Float>
  /// The elements of each running mean.
  let averages: [UnsafeMutablePointer<Float>]
}

extension ElementPointers {
  /// Calls `body` with the elements of tensors of one shape.
  static func with(
    _ value: inout Tensor, _ gradient: Tensor, _ averages: inout [Tensor],
    _ body: (ElementPointers) -> Void
  ) {
    precondition(gradient.shape == value.shape, "\(gradient.shape) for \(value.shape)")
    guard value.elementCount > 0 else { return }
    value.withMutableElements { value in
      gradient.withElements { gradient in
        withStarts(of: &averages) { averages in
          body(
            ElementPointers(
              value: value.baseAddress.unsafelyUnwrapped,
              gradient: gradient.baseAddress.unsafelyUnwrapped, averages: averages))
        }
      }
    }
  }

  private static func withStarts(
    of tensors: inout [Tensor], _ body: ([UnsafeMutablePointer<Float>]) -> Void
  ) {
    guard var last = tensors.popLast() else { return body([]) }
    withStarts(of: &tensors) { starts in
      last.withMutableElements { body(starts + [$0.baseAddress.unsafelyUnwrapped]) }
    }
    tensors.append(last)
  }
}

/// The fewest elements that are worth a thread, a whole number of vectors.
let elementsPerThread = 1 << 16

/// The eight elements from `position` on, as one vector.
@inline(__always)
func vector(_ pointer: UnsafePointer<Float>, _ position: Int) -> SIMD8<Float> {
  UnsafeRawPointer(pointer + position).loadUnaligned(as: SIMD8<Float>.self)
}

/// Replaces the eight elements from `position` on.
@inline(__always)
func setVector(_ pointer: UnsafeMutablePointer<Float>, _ position: Int, _ vector: SIMD8<Float>) {
  UnsafeMutableRawPointer(pointer + position).storeBytes(of: vector, as: SIMD8<Float>.self)
}
