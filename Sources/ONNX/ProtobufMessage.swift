/// A Protocol Buffers message in wire format, limited to what ONNX files need.
///
/// ```swift
/// var node = ProtobufMessage()
/// node.add(4, "Relu")   // field 4, a string
/// ```
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case lengthDelimited = 2
    case fixed32 = 5
  }

  private mutating func addVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func addKey(_ field: Int, _ type: WireType) {
    addVarint(UInt64(field) << 3 | type.rawValue)
  }

  /// Adds an `int32`, `int64` or enum field.
  mutating func add(_ field: Int, _ value: Int) {
    addKey(field, .varint)
    addVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Adds a `float` field.
  mutating func add(_ field: Int, _ value: Float) {
    addKey(field, .fixed32)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Adds a `bytes` field.
  mutating func add(_ field: Int, _ value: some Collection<UInt8>) {
    addKey(field, .lengthDelimited)
    addVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// Adds a `string` field.
  mutating func add(_ field: Int, _ value: String) { add(field, value.utf8) }

  /// Adds a nested message.
  mutating func add(_ field: Int, _ value: ProtobufMessage) { add(field, value.bytes) }
}
