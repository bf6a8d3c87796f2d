import COneDNN

/// Batch normalisation, forwards or backwards.
struct NormalizationPrimitive: PrimitiveSpecification {
  let input: MemoryDescription
  /// Whether the statistics are given; else they are those of the input.
  let statisticsAreGiven: Bool
  /// Whether max(x, 0) of each result is taken.
  let relu: Bool
  /// Whether a backward pass follows: the relu then leaves notes for it.
  let isTraining: Bool
  let isForward: Bool
  let epsilon: Float

  var operation: String { "batch norm" }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    let attributes = PrimitiveAttributes()
    var forward: dnnl_primitive_desc_t?
    defer { if let forward { dnnl_primitive_desc_destroy(forward) } }
    if !isForward { forward = try beingForward(true).makeDescription() }
    var flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
    if statisticsAreGiven { flags |= dnnl_use_global_stats.rawValue }
    if relu { flags |= dnnl_fuse_norm_relu.rawValue }
    var made = dnnl_batch_normalization_desc_t()
    let status = withUnsafePointer(to: input.value) { data in
      isForward
        ? dnnl_batch_normalization_forward_desc_init(
          &made, isTraining ? dnnl_forward_training : dnnl_forward_inference, data, epsilon, flags)
        : dnnl_batch_normalization_backward_desc_init(
          &made, dnnl_backward, data, data, epsilon, flags)
    }
    try OneDNN.check(status, operation)
    return try attributes.description(of: &made, beside: forward, operation: operation)
  }

  /// The same the other way.
  func beingForward(_ isForward: Bool) -> NormalizationPrimitive {
    NormalizationPrimitive(
      input: input, statisticsAreGiven: statisticsAreGiven, relu: relu,
      isTraining: isTraining, isForward: isForward, epsilon: epsilon)
  }
}
