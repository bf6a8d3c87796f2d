/// The memory of a tensor: bytes that start at a multiple of 64 (a cache line, and the widest
/// vector register), and that this object alone owns until it goes.
///
/// `@unchecked Sendable`: the bytes are written only through ``Tensor/withMutableElements(of:_:)``,
/// which first makes sure that the tensor is the storage's only holder, and while a new tensor is
/// being filled, before anything else can hold it. So nobody writes what another can read.
final class TensorStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  /// Memory for at least `byteCount` bytes, uninitialised.
  init(byteCount: Int) { bytes = TensorMemory.take(byteCount) }

  deinit { TensorMemory.give(bytes) }
}
