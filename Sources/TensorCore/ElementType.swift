/// The types a tensor's elements can have, by the names that safetensors gives them.
package enum ElementType: String, Sendable, CaseIterable, Codable {
  /// IEEE 754 single precision.
  case float32 = "F32"
  /// IEEE 754 half precision: read from files, never computed with.
  case float16 = "F16"
  /// The upper 16 bits of a single-precision number.
  case bfloat16 = "BF16"
  case int32 = "I32"
  case int64 = "I64"
  case uint8 = "U8"
  case uint32 = "U32"
  case uint64 = "U64"

  /// The bytes of one element.
  package var byteCount: Int {
    switch self {
    case .uint8: 1
    case .float16, .bfloat16: 2
    case .float32, .int32, .uint32: 4
    case .int64, .uint64: 8
    }
  }
}
