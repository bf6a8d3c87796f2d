import COneDNN

/// oneDNN's description of a tensor's memory: dimensions, element type and layout.
///
/// The dimensions may be grouped differently from the tensor's shape: the weight of a grouped convolution has one more.
final class MemoryDescription: Sendable, Hashable {
  let value: dnnl_memory_desc_t
  /// The lengths of the dimensions.
  let lengths: [Int]
  /// The size of the described memory, padding included; 0 if none is needed.
  let byteCount: Int

  init(_ value: dnnl_memory_desc_t) {
    self.value = value
    lengths = withUnsafeBytes(of: value.dims) {
      $0.assumingMemoryBound(to: Int64.self).prefix(Int(value.ndims)).map(Int.init)
    }
    byteCount = withUnsafePointer(to: value) { dnnl_memory_desc_get_size($0) }
  }

  /// Describes contiguous row-major memory. oneDNN must support `type`.
  static func rowMajor(_ lengths: [Int], _ type: ElementType) -> MemoryDescription {
    strided(lengths, type, by: nil)
  }

  /// Describes memory with the given stride of each dimension; row-major if `strides` is nil.
  static func strided(
    _ lengths: [Int], _ type: ElementType, by strides: [Int]?
  ) -> MemoryDescription {
    var value = dnnl_memory_desc_t()
    let status = dnnl_memory_desc_init_by_strides(
      &value, Int32(lengths.count), lengths.map { Int64($0) }, type.oneDNN,
      strides?.map { Int64($0) })
    precondition(status == dnnl_success, "no memory of \(lengths)")
    return MemoryDescription(value)
  }

  /// Describes memory in the order that suits the kernel best, for requesting a primitive.
  static func any(_ lengths: [Int], _ type: ElementType) -> dnnl_memory_desc_t {
    value(lengths, type, dnnl_format_tag_any)
  }

  /// Describes memory in one of oneDNN's named formats, such as `dnnl_nChw16c`.
  static func value(
    _ lengths: [Int], _ type: ElementType, _ order: dnnl_format_tag_t
  ) -> dnnl_memory_desc_t {
    var value = dnnl_memory_desc_t()
    let status = dnnl_memory_desc_init_by_tag(
      &value, Int32(lengths.count), lengths.map { Int64($0) }, type.oneDNN, order)
    precondition(status == dnnl_success, "no memory of \(lengths)")
    return value
  }

  /// The element type, or nil if tensors do not support it.
  var elementType: ElementType? {
    switch value.data_type {
    case dnnl_f32: .float32
    case dnnl_bf16: .bfloat16
    case dnnl_f16: .float16
    case dnnl_s32: .int32
    case dnnl_s8: .int8
    case dnnl_u8: .uint8
    default: nil
    }
  }

  /// Returns row-major memory with the same dimensions.
  func rowMajor(_ type: ElementType) -> MemoryDescription { .rowMajor(lengths, type) }

  /// Returns the same layout for another element type of the same size.
  func holding(_ type: ElementType) -> MemoryDescription {
    var other = value
    other.data_type = type.oneDNN
    return MemoryDescription(other)
  }

  static func == (left: MemoryDescription, right: MemoryDescription) -> Bool {
    if left === right { return true }
    return withUnsafePointer(to: left.value) { left in
      withUnsafePointer(to: right.value) { dnnl_memory_desc_equal(left, $0) != 0 }
    }
  }

  func hash(into hasher: inout Hasher) { hasher.combine(lengths) }
}

extension ElementType {
  /// The corresponding oneDNN data type. Traps if there is none.
  var oneDNN: dnnl_data_type_t {
    switch self {
    case .float32: dnnl_f32
    case .bfloat16: dnnl_bf16
    case .float16: dnnl_f16
    case .int32: dnnl_s32
    case .int8: dnnl_s8
    case .uint8: dnnl_u8
    case .int64, .uint32, .uint64: preconditionFailure("oneDNN has no elements of \(self)")
    }
  }
}
