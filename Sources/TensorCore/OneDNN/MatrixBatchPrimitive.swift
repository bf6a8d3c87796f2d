import COneDNN
import ExplainedErrors

/// Products of `count` pairs of bfloat16 matrices, `[count, rows, inner] x [count, inner, columns]`, summed
/// in single precision, on the calling thread.
struct MatrixBatchPrimitive: PrimitiveSpecification {
  let count: Int
  let rows: Int
  let inner: Int
  let columns: Int
  /// Whether the left matrices lie transposed: `[count, inner, rows]`.
  let isLeftTransposed: Bool
  /// Whether the products are added to what the result holds.
  let addsToOutput: Bool

  var isSequential: Bool { true }
  var operation: String { "matrix product" }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    func memory(
      _ lengths: [Int], _ type: ElementType, _ order: dnnl_format_tag_t
    ) throws(TensorError) -> dnnl_memory_desc_t {
      var memory = dnnl_memory_desc_t()
      try OneDNN.check(
        dnnl_memory_desc_init_by_tag(
          &memory, Int32(lengths.count), lengths.map { Int64($0) }, type.oneDNN, order), operation)
      return memory
    }
    var left = try memory(
      [count, rows, inner], .bfloat16, isLeftTransposed ? dnnl_acb : dnnl_abc)
    var right = try memory(
      [count, inner, columns], .bfloat16, dnnl_abc)
    var product = try memory([count, rows, columns], .float32, dnnl_abc)
    var made = dnnl_matmul_desc_t()
    try OneDNN.check(dnnl_matmul_desc_init(&made, &left, &right, nil, &product), operation)
    let attributes = PrimitiveAttributes()
    attributes.append(sum: addsToOutput, rectification: false)
    var description: dnnl_primitive_desc_t?
    try OneDNN.check(
      dnnl_primitive_desc_create(&description, &made, attributes.handle, OneDNN.engine, nil),
      operation)
    guard let description else { preconditionFailure("success without a description") }
    return description
  }
}
