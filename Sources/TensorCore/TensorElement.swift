/// A Swift type whose values can be the elements of a tensor: trivial, and laid out in memory as the
/// element type says.
package protocol TensorElement: BitwiseCopyable, Sendable {
  /// The element type of a tensor of such values.
  static var elementType: ElementType { get }
}

extension Float: TensorElement {
  package static var elementType: ElementType { .float32 }
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
