import COneDNN
import ExplainedErrors

/// Products of `count` pairs of bfloat16 matrices, `[rows, inner] x [inner, columns]`, summed in single
/// precision, on the calling thread: what ``MatrixBatchPrimitive`` does, for right matrices that are used
/// again. To oneDNN it is a convolution of one picture line with filters of one point in `count` groups, for
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
    var value = dnnl_memory_desc_t()
    let (column, row) = isTransposed ? (1, columns) : (inner, 1)
    let status = dnnl_memory_desc_init_by_strides(
      &value, 4, [count, columns, inner, 1].map { Int64($0) }, dnnl_bf16,
      [inner * columns, column, row, 1].map { Int64($0) })
    precondition(status == dnnl_success, "no memory of \(count) x \(inner) x \(columns)")
    return .of(value)
  }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    // Left matrices and products lie in blocks of 16 columns: `[count, columns / 16, rows, 16]`.
    func blocked(
      _ columns: Int, _ type: ElementType
    ) throws(TensorError) -> dnnl_memory_desc_t {
      var memory = dnnl_memory_desc_t()
      let lengths = [1, count * columns, rows].map { Int64($0) }
      try OneDNN.check(
        dnnl_memory_desc_init_by_tag(&memory, 3, lengths, type.oneDNN, dnnl_nCw16c), operation)
      return memory
    }
    var left = try blocked(inner, .bfloat16)
    var right = MemoryDescription.any([count, columns, inner, 1], .bfloat16)
    var product = try blocked(columns, .float32)
    var made = dnnl_convolution_desc_t()
    try OneDNN.check(
      dnnl_convolution_forward_desc_init(
        &made, dnnl_forward_inference, dnnl_convolution_direct, &left, &right, nil, &product, [1],
        [0], [0]), operation)
    let attributes = PrimitiveAttributes()
    var description: dnnl_primitive_desc_t?
    try OneDNN.check(
      dnnl_primitive_desc_create(&description, &made, attributes.handle, OneDNN.engine, nil),
      operation)
    guard let description else { preconditionFailure("success without a description") }
    return description
  }
}
