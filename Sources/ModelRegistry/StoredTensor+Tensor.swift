package import TensorCore

extension StoredTensor {
  /// The tensor, copied into memory, of whatever element type.
  package func tensor() -> Tensor {
    file.withBytes { bytes in
      Tensor(shape, elementType) { target in
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
  }
}
