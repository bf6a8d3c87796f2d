/// The element types of tensors, with their names in safetensors.
package enum ElementType: String, Sendable, CaseIterable, Codable {
  /// IEEE 754 single precision.
  case float32 = "F32"
  /// IEEE 754 half precision, supported for reading files only.
  case float16 = "F16"
  /// bfloat16: the upper 16 bits of a single-precision number.
  case bfloat16 = "BF16"
  case int8 = "I8"
  case int32 = "I32"
  case int64 = "I64"
  case uint8 = "U8"
  case uint32 = "U32"
  case uint64 = "U64"

  /// The size of an element in bytes.
  package var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .float16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .int64, .uint64: 8
    }
  }
}

/// A Swift type that can be a tensor's element: trivial, and laid out in memory as the element type requires.
package protocol TensorElement: BitwiseCopyable, Sendable {
  /// The element type of a tensor of such values.
  static var elementType: ElementType { get }
}

extension Float: TensorElement {
  package static var elementType: ElementType { .float32 }
}

extension Int8: TensorElement {
  package static var elementType: ElementType { .int8 }
}

extension Int32: TensorElement {
  package static var elementType: ElementType { .int32 }
}

extension Int64: TensorElement {
  package static var elementType: ElementType { .int64 }
}

extension UInt8: TensorElement {
  package static var elementType: ElementType { .uint8 }
}

extension UInt32: TensorElement {
  package static var elementType: ElementType { .uint32 }
}

extension UInt64: TensorElement {
  package static var elementType: ElementType { .uint64 }
}
