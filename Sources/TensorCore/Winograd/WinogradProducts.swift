import COneDNN
import Errors

/// What one thread computes in: the transformed tiles of a part, their products with the filters, and
/// the kernels that multiply them.
struct WinogradProducts {
  /// For each of 16 points a matrix of tiles by inputs, bfloat16 in blocks of 16 channels.
  let tiles: Tensor
  /// For each of 16 points a matrix of tiles by outputs, single precision in blocks of 16 channels.
  let products: Tensor
  private var calls: [Int: PrimitiveCall] = [:]

  /// For parts of each of `tileCounts`.
  init(
    of tileCounts: Set<Int>, inputs: Int, outputs: Int, _ filters: WinogradFilters
  ) throws(TensorError) {
    let most = tileCounts.max() ?? 0
    func kernel(_ count: Int) throws(TensorError) -> Primitive {
      try Primitive.of(
        PointwiseProductPrimitive(count: 16, rows: count, inner: inputs, columns: outputs))
    }
    tiles = try kernel(most).output(DNNL_ARG_SRC, [16, most, inputs])
    products = try kernel(most).output(DNNL_ARG_DST, [16, most, outputs])
    for count in tileCounts {
      let kernel = try kernel(count)
      calls[count] = try kernel.call(on: [
        (DNNL_ARG_SRC, tiles.beginning(as: kernel.memory(of: DNNL_ARG_SRC))),
        (DNNL_ARG_WEIGHTS, filters.packed(for: kernel)),
        (DNNL_ARG_DST, products.beginning(as: kernel.memory(of: DNNL_ARG_DST))),
      ])
    }
  }

  /// The products of so many tiles.
  func multiply(tileCount: Int) -> dnnl_status_t {
    guard let call = calls[tileCount] else { preconditionFailure("no part of \(tileCount) tiles") }
    return call.execute()
  }
}

extension Tensor {
  /// The same memory, described as far as a smaller matrix needs it.
  func beginning(as description: MemoryDescription) -> Tensor {
    precondition(description.byteCount <= storage.bytes.count, "less memory than \(description)")
    return Tensor(
      shape: Shape(description.lengths), elementType: elementType, layout: .blocked(description),
      storage: storage)
  }
}
