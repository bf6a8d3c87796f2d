import COneDNN

/// A maximum or mean over a sliding window, forwards or backwards.
struct PoolingPrimitive: PrimitiveSpecification {
  enum Kind: Hashable {
    case maximum
    /// Of the image's own points, or with the padding's zeros counted in.
    case average(countsPadding: Bool)
  }

  let kind: Kind
  let input: MemoryDescription
  let inputLengths: [Int]
  let size: Extent
  let output: Extent
  let window: Window
  let isForward: Bool

  var operation: String { kind == .maximum ? "maximum pooling" : "average pooling" }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    let attributes = PrimitiveAttributes()
    var forward: dnnl_primitive_desc_t?
    defer { if let forward { dnnl_primitive_desc_destroy(forward) } }
    if !isForward { forward = try beingForward(true).makeDescription() }
    var made = try operationDescription()
    return try attributes.description(of: &made, beside: forward, operation: operation)
  }

  private func operationDescription() throws(TensorError) -> dnnl_pooling_v2_desc_t {
    let algorithm =
      switch kind {
      case .maximum: dnnl_pooling_max
      case .average(let countsPadding):
        countsPadding ? dnnl_pooling_avg_include_padding : dnnl_pooling_avg_exclude_padding
      }
    var source = input.value
    var target = MemoryDescription.any(
      inputLengths.prefix(2) + output.lengths, input.elementType ?? .float32)
    let strides = window.stride.lengths.map { Int64($0) }
    let kernel = size.lengths.map { Int64($0) }
    let gaps = window.dilation.lengths.map { Int64($0 - 1) }
    let padding = window.padding.lengths.map { Int64($0) }
    var made = dnnl_pooling_v2_desc_t()
    let status =
      isForward
      ? dnnl_pooling_v2_forward_desc_init(
        &made, dnnl_forward_training, algorithm, &source, &target, strides, kernel, gaps, padding,
        padding)
      : dnnl_pooling_v2_backward_desc_init(
        &made, algorithm, &source, &target, strides, kernel, gaps, padding, padding)
    try OneDNN.check(status, operation)
    return made
  }

  /// The same the other way.
  func beingForward(_ isForward: Bool) -> PoolingPrimitive {
    PoolingPrimitive(
      kind: kind, input: input, inputLengths: inputLengths, size: size, output: output,
      window: window, isForward: isForward)
  }
}
