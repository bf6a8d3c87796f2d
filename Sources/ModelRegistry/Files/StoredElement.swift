package import TensorCore

#if _endian(big)
  #error("model files are little-endian and mapped as they are")
#endif

/// A Swift type whose values stand in model files as they stand in memory, and in tensors likewise.
package typealias StoredElement = TensorElement
