/// How the elements of a row-major tensor lie in another's memory, when each step along a dimension
/// moves on by a fixed distance there: what transposing, slicing and their gradients walk through.
struct StridedRuns {
  private struct Dimension {
    var length: Int
    /// Where the next element is in the row-major tensor, and in the other's memory.
    var rowMajorStride: Int
    var stride: Int
  }

  /// Outermost first, without those of length 1; neighbours that make one line are one.
  private var dimensions: [Dimension] = []
  private let start: Int
  private let elementCount: Int

  /// Elements taken across at a time where neighbours lie far apart: as many cache lines stay near
  /// until all that lies in them is taken.
  private static let blockLength = 32

  /// The elements of `shape`, the first at `start` in the other's memory. Traps unless there is a
  /// stride for each dimension.
  init(_ shape: Shape, strides: [Int], start: Int = 0) {
    precondition(strides.count == shape.rank, "\(strides.count) strides for \(shape)")
    self.start = start
    elementCount = shape.elementCount
    var rowMajorStride = 1
    for (length, stride) in zip(shape.dimensions, strides).reversed() {
      defer { rowMajorStride *= length }
      if length == 1 { continue }
      if let inner = dimensions.last, stride == inner.stride * inner.length {
        dimensions[dimensions.count - 1].length *= length
      } else {
        dimensions.append(
          Dimension(length: length, rowMajorStride: rowMajorStride, stride: stride))
      }
    }
    dimensions.reverse()
  }

  /// Calls `body` for runs of elements that together are all: where a run starts in the row-major
  /// tensor, in which it has no gaps, where in the other's memory, its length and its stride there.
  @inline(__always)
  func forEachRun(_ body: (_ rowMajor: Int, _ other: Int, _ length: Int, _ stride: Int) -> Void) {
    guard elementCount > 0 else { return }
    guard let inner = dimensions.last else { return body(0, start, 1, 1) }
    var outer = Array(dimensions.dropLast())
    // Where the other's memory has neighbours along another dimension, that is walked in the inner
    // loop, a block across: else each element would fetch a cache line of its own.
    var along = Dimension(length: 1, rowMajorStride: 0, stride: 0)
    var block = inner.length
    if inner.stride != 1, let position = outer.firstIndex(where: { $0.stride == 1 }) {
      along = outer.remove(at: position)
      block = Self.blockLength
    }
    var counts = [Int](repeating: 0, count: outer.count)
    var (rowMajor, other) = (0, start)
    while true {
      for first in stride(from: 0, to: inner.length, by: block) {
        let length = min(block, inner.length - first)
        for step in 0..<along.length {
          body(
            rowMajor + first + step * along.rowMajorStride,
            other + first * inner.stride + step * along.stride, length, inner.stride)
        }
      }
      var level = outer.count - 1
      while level >= 0 {
        counts[level] += 1
        rowMajor += outer[level].rowMajorStride
        other += outer[level].stride
        guard counts[level] == outer[level].length else { break }
        rowMajor -= counts[level] * outer[level].rowMajorStride
        other -= counts[level] * outer[level].stride
        counts[level] = 0
        level -= 1
      }
      if level < 0 { return }
    }
  }
}

extension Tensor {
  /// The tensor of `shape` whose elements lie in this one's memory as `runs` says, copied. Works on
  /// any type of element. Complexity: O(elements of the result).
  func copied(_ shape: Shape, _ runs: StridedRuns) -> Tensor {
    func copy<Element: TensorElement>(_: Element.Type) -> Tensor {
      withElements(of: Element.self) { from in
        Tensor(shape, of: Element.self) { to in
          runs.forEachRun { rowMajor, other, length, stride in
            if stride == 1 {
              for step in 0..<length { to[rowMajor + step] = from[other + step] }
            } else {
              for step in 0..<length { to[rowMajor + step] = from[other + step * stride] }
            }
          }
        }
      }
    }
    switch elementType {
    case .float32: return copy(Float.self)
    case .bfloat16: return copy(BFloat16.self)
    case .int32: return copy(Int32.self)
    case .int64: return copy(Int64.self)
    case .uint8: return copy(UInt8.self)
    case .uint32: return copy(UInt32.self)
    case .uint64: return copy(UInt64.self)
    case .float16: preconditionFailure("float16 is never computed with")
    }
  }
}

extension Shape {
  /// How far apart, in elements, neighbours along each dimension lie in row-major order.
  var rowMajorStrides: [Int] {
    var strides = dimensions
    var stride = 1
    for position in strides.indices.reversed() {
      strides[position] = stride
      stride *= dimensions[position]
    }
    return strides
  }

  /// `dimension` counted from the outermost, where it may be counted from behind when negative.
  /// Traps when there is none.
  func position(of dimension: Int) -> Int {
    let position = dimension < 0 ? dimension + rank : dimension
    precondition(dimensions.indices.contains(position), "no dimension \(dimension) in \(self)")
    return position
  }
}
