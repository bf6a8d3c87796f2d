import COneDNN
import Errors

/// Products of `count` pairs of bfloat16 matrices, the left ones transposed: `[count, inner, rows]` and
/// `[count, inner, columns]` to `[count, rows, columns]`, summed in single precision, on the calling thread.
struct MatrixBatchPrimitive: PrimitiveSpecification {
  let count: Int
  let rows: Int
  let inner: Int
  let columns: Int
  /// Whether the products are added to what the result holds.
  let addsToOutput: Bool

  var isSequential: Bool { true }
  var operation: String { "matrix product" }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    var left = MemoryDescription.value([count, rows, inner], .bfloat16, dnnl_acb)
    var right = MemoryDescription.value([count, inner, columns], .bfloat16, dnnl_abc)
    var product = MemoryDescription.value([count, rows, columns], .float32, dnnl_abc)
    var made = dnnl_matmul_desc_t()
    try OneDNN.check(dnnl_matmul_desc_init(&made, &left, &right, nil, &product), operation)
    let attributes = PrimitiveAttributes()
    attributes.append(sum: addsToOutput, relu: false)
    return try attributes.description(of: &made, operation: operation)
  }
}
