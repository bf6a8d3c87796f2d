import Errors

/// NumPy's broadcasting of two shapes. Dimensions are matched from the innermost outwards; where one has length 1 or is
/// missing, its element is repeated along the other.
struct Broadcast {
  /// The shape of the result.
  let shape: Shape
  /// A run of equal strides through the result: its length and the stride of each operand, 0 where its element repeats.
  /// Adjacent dimensions with the same pattern are merged into one run.
  struct Run {
    var length: Int
    var leftStride: Int
    var rightStride: Int
  }
  /// The runs, outermost first; the last is the inner loop.
  let runs: [Run]

  /// Broadcasts the two shapes. Throws if two lengths differ and neither is 1.
  init(_ left: Shape, _ right: Shape, operation: String) throws(TensorError) {
    let rank = max(left.rank, right.rank)
    var dimensions = [Int](repeating: 1, count: rank)
    var runs: [Run] = []
    var leftStride = 1
    var rightStride = 1
    for back in 1...max(rank, 1) where back <= rank {
      let leftLength = back <= left.rank ? left[-back] : 1
      let rightLength = back <= right.rank ? right[-back] : 1
      guard leftLength == rightLength || leftLength == 1 || rightLength == 1 else {
        throw .shapes(
          left, right, in: operation,
          remedy: "Dimension by dimension from the last, lengths must be equal or 1.")
      }
      let length = leftLength == 1 ? rightLength : leftLength
      dimensions[rank - back] = length
      let run = Run(
        length: length, leftStride: leftLength == 1 ? 0 : leftStride,
        rightStride: rightLength == 1 ? 0 : rightStride)
      leftStride *= leftLength
      rightStride *= rightLength
      if length == 1 { continue }
      if let inner = runs.last, run.leftStride == inner.leftStride * inner.length,
        run.rightStride == inner.rightStride * inner.length
      {
        runs[runs.count - 1].length *= length
      } else {
        runs.append(run)
      }
    }
    shape = Shape(dimensions)
    self.runs = runs.isEmpty ? [Run(length: 1, leftStride: 0, rightStride: 0)] : runs.reversed()
  }

  /// Calls `body` for each inner run with its start in the result and in both operands.
  @inline(__always)
  func forEachRun(_ body: (_ output: Int, _ left: Int, _ right: Int, _ run: Run) -> Void) {
    let inner = runs[runs.count - 1]
    var counts = [Int](repeating: 0, count: runs.count - 1)
    var output = 0
    var left = 0
    var right = 0
    guard shape.elementCount > 0 else { return }
    while true {
      body(output, left, right, inner)
      output += inner.length
      guard output < shape.elementCount else { return }
      var level = counts.count - 1
      while true {
        counts[level] += 1
        left += runs[level].leftStride
        right += runs[level].rightStride
        guard counts[level] == runs[level].length else { break }
        left -= counts[level] * runs[level].leftStride
        right -= counts[level] * runs[level].rightStride
        counts[level] = 0
        level -= 1
      }
    }
  }
}

extension Tensor {
  /// Returns `combine` of each pair of elements, with broadcasting.
  @inline(__always)
  static func combined(
    _ left: Tensor, _ right: Tensor, operation: String, _ combine: (Float, Float) -> Float
  ) throws(TensorError) -> Tensor {
    let broadcast = try Broadcast(left.shape, right.shape, operation: operation)
    return Tensor(broadcast.shape) { output in
      left.withElements { left in
        right.withElements { right in
          broadcast.forEachRun { to, leftStart, rightStart, run in
            // One loop per pattern: the compiler can vectorise loops with known strides.
            switch (run.leftStride, run.rightStride) {
            case (1, 1):
              for step in 0..<run.length {
                output[to + step] = combine(left[leftStart + step], right[rightStart + step])
              }
            case (1, 0):
              let right = right[rightStart]
              for step in 0..<run.length {
                output[to + step] = combine(left[leftStart + step], right)
              }
            case (0, 1):
              let left = left[leftStart]
              for step in 0..<run.length {
                output[to + step] = combine(left, right[rightStart + step])
              }
            default:
              for step in 0..<run.length {
                output[to + step] = combine(
                  left[leftStart + step * run.leftStride],
                  right[rightStart + step * run.rightStride])
              }
            }
          }
        }
      }
    }
  }

  /// Returns the gradient of broadcasting from `shape` to this tensor's shape: the sum over all copies of each element.
  /// The shapes fix the order of each sum. Traps unless `shape` broadcasts to this one.
  func summed(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    guard let broadcast = try? Broadcast(shape, self.shape, operation: "sum"),
      broadcast.shape == self.shape
    else { preconditionFailure("\(shape) does not broadcast to \(self.shape)") }
    return Tensor(shape) { sums in
      sums.initialize(repeating: 0)
      withElements { elements in
        broadcast.forEachRun { _, to, from, run in
          if run.leftStride == 0 {
            sums[to] += UnsafeBufferPointer(rebasing: elements[from..<(from + run.length)]).sum
          } else {
            for step in 0..<run.length { sums[to + step] += elements[from + step] }
          }
        }
      }
    }
  }
}
