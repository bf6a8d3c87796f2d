import COneDNN

/// The reduction applied to the points under a window.
package enum PoolingKind: Sendable {
  case maximum
  /// The mean, including the zeros of padding.
  case average

  /// The name used in messages.
  var operation: String { self == .maximum ? "maximum pooling" : "average pooling" }
}

/// Maximum or average pooling over a sliding window, forward or backward.
struct PoolingPrimitive: TwoWaySpecification {
  let kind: PoolingKind
  let input: MemoryDescription
  let inputLengths: [Int]
  let size: Extent
  let output: Extent
  let window: Window
  var isForward: Bool

  var operation: String { kind.operation }

  func makeDescription(
    _ attributes: borrowing PrimitiveAttributes, beside forward: dnnl_primitive_desc_t?
  ) throws(TensorError) -> dnnl_primitive_desc_t {
    let algorithm = kind == .maximum ? dnnl_pooling_max : dnnl_pooling_avg_include_padding
    var source = input.value
    var target = MemoryDescription.any(
      inputLengths.prefix(2) + output.lengths, input.elementType ?? .float32)
    let strides = window.stride.lengths.map { Int64($0) }
    let kernel = size.lengths.map { Int64($0) }
    let gaps = window.dilation.lengths.map { Int64($0 - 1) }
    let padding = window.padding.lengths.map { Int64($0) }
    // Quantized images occur only in predictions.
    let isQuantized = [.int8, .uint8].contains(input.elementType)
    let kind = isQuantized ? dnnl_forward_inference : dnnl_forward_training
    var made = dnnl_pooling_v2_desc_t()
    let status =
      isForward
      ? dnnl_pooling_v2_forward_desc_init(
        &made, kind, algorithm, &source, &target, strides, kernel, gaps, padding,
        padding)
      : dnnl_pooling_v2_backward_desc_init(
        &made, algorithm, &source, &target, strides, kernel, gaps, padding, padding)
    try OneDNN.check(status, operation)
    return try attributes.description(of: &made, beside: forward, operation: operation)
  }
}
