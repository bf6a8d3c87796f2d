import COneDNN
import Errors

/// Products of `count` pairs of bfloat16 matrices, `[rows, inner] x [inner, columns]`, summed in single
/// precision, on the calling thread: what ``MatrixBatchPrimitive`` does, for right matrices that are used
/// again. To oneDNN it is a convolution of one image line with filters of one point in `count` groups, for
/// which it takes filters that were packed before; for batches of matrices it packs them each time.
struct PointwiseProductPrimitive: PrimitiveSpecification {
  let count: Int
  let rows: Int
  let inner: Int
  let columns: Int

  var operation: String { "matrix product" }
  var isSequential: Bool { true }

  /// Right matrices before they are packed: `[count, columns, inner]`, or `[count, inner, columns]` where
  /// `isTransposed`.
  static func filters(count: Int, inner: Int, columns: Int, isTransposed: Bool) -> MemoryDescription
  {
    let (column, row) = isTransposed ? (1, columns) : (inner, 1)
    return .strided(
      [count, columns, inner, 1], .bfloat16, by: [inner * columns, column, row, 1])
  }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    // Left matrices and products lie in blocks of 16 columns: `[count, columns / 16, rows, 16]`.
    var left = MemoryDescription.value([1, count * inner, rows], .bfloat16, dnnl_nCw16c)
    var right = MemoryDescription.any([count, columns, inner, 1], .bfloat16)
    var product = MemoryDescription.value([1, count * columns, rows], .float32, dnnl_nCw16c)
    var made = dnnl_convolution_desc_t()
    try OneDNN.check(
      dnnl_convolution_forward_desc_init(
        &made, dnnl_forward_inference, dnnl_convolution_direct, &left, &right, nil, &product, [1],
        [0], [0]), operation)
    return try PrimitiveAttributes().description(of: &made, operation: operation)
  }
}
