package import TensorCore

#if _endian(big)
  #error("model files are little-endian and mapped as they are")
#endif

/// A Swift type whose values stand in model files as they stand in memory.
package protocol StoredElement: BitwiseCopyable, Sendable {
  /// The name of the type in files.
  static var elementType: ElementType { get }
}

extension Float: StoredElement {
  package static var elementType: ElementType { .float32 }
}

extension Int32: StoredElement {
  package static var elementType: ElementType { .int32 }
}

extension Int64: StoredElement {
  package static var elementType: ElementType { .int64 }
}

extension UInt8: StoredElement {
  package static var elementType: ElementType { .uint8 }
}

extension UInt32: StoredElement {
  package static var elementType: ElementType { .uint32 }
}

extension UInt64: StoredElement {
  package static var elementType: ElementType { .uint64 }
}
