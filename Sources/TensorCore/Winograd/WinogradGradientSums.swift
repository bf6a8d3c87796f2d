import COneDNN
import Errors

/// What one thread computes its share of the gradient by the filters in: the transformed tiles of a part, and
/// the sums of their products over all of its parts.
final class WinogradGradientSums {
  /// 16 matrices `[tiles, inputs]` of bfloat16.
  let inputTiles: Tensor
  /// 16 matrices `[tiles, outputs]` of bfloat16.
  let gradientTiles: Tensor
  /// 16 matrices `[outputs, inputs]` in single precision.
  let sums: Tensor
  /// Whether nothing was added yet: then the memory of ``sums`` holds anything.
  private var isEmpty = true

  /// The kernels for a length of a part: the one that begins the sums and the one that adds to them.
  private var calls: [Int: (first: PrimitiveCall, adding: PrimitiveCall)] = [:]

  /// For parts of each of `tileCounts`.
  init(of tileCounts: Set<Int>, inputs: Int, outputs: Int) throws(TensorError) {
    let most = tileCounts.max() ?? 0
    func memory(_ lengths: [Int], _ type: ElementType) throws(TensorError) -> Tensor {
      try Tensor(uninitialized: Shape(lengths), .rowMajor(lengths, type), operation: "convolution")
    }
    inputTiles = try memory([16, most, inputs], .bfloat16)
    gradientTiles = try memory([16, most, outputs], .bfloat16)
    sums = try memory([16, outputs, inputs], .float32)
    for count in tileCounts {
      func call(adds: Bool) throws(TensorError) -> PrimitiveCall {
        let kernel = try Primitive.of(
          MatrixBatchPrimitive(
            count: 16, rows: outputs, inner: count, columns: inputs, addsToOutput: adds))
        return try kernel.call(on: [
          (DNNL_ARG_SRC, gradientTiles.beginning(as: kernel.memory(of: DNNL_ARG_SRC))),
          (DNNL_ARG_WEIGHTS, inputTiles.beginning(as: kernel.memory(of: DNNL_ARG_WEIGHTS))),
          (DNNL_ARG_DST, sums),
        ])
      }
      calls[count] = (try call(adds: false), try call(adds: true))
    }
  }

  /// Adds the products of so many tiles.
  func add(tileCount: Int) -> dnnl_status_t {
    guard let call = calls[tileCount] else { preconditionFailure("no part of \(tileCount) tiles") }
    defer { isEmpty = false }
    return (isEmpty ? call.first : call.adding).execute()
  }
}
