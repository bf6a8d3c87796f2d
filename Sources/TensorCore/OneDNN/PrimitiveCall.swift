import COneDNN

/// A kernel with the memory it works on. May run as often as wanted; calls of a sequential kernel with
/// memory of their own may run on several threads at once.
final class PrimitiveCall {
  private let primitive: dnnl_primitive_t
  private var arguments: [dnnl_exec_arg_t] = []
  private let tensors: [Tensor]
  private var scratch: TensorStorage?

  /// Of `primitive`, which lives as long as the program. Holds on to the tensors. Throws `outOfMemory`
  /// when there is no room for the scratch space.
  init(
    _ primitive: dnnl_primitive_t, _ arguments: [(index: Int32, tensor: Tensor)],
    scratch: MemoryDescription, operation: String
  ) throws(TensorError) {
    self.primitive = primitive
    tensors = arguments.map(\.tensor)
    self.arguments.reserveCapacity(arguments.count + 1)
    for (index, tensor) in arguments {
      try add(index, tensor.description, tensor.storedBytes.baseAddress, operation)
    }
    guard scratch.byteCount > 0 else { return }
    try TensorMemory.expectRoom(for: scratch.byteCount, in: operation)
    let storage = TensorStorage(byteCount: scratch.byteCount)
    self.scratch = storage
    try add(DNNL_ARG_SCRATCHPAD, scratch, storage.bytes.baseAddress, operation)
  }

  private func add(
    _ index: Int32, _ description: MemoryDescription, _ start: UnsafeMutableRawPointer?,
    _ operation: String
  ) throws(TensorError) {
    var memory: dnnl_memory_t?
    try withUnsafePointer(to: description.value) { (value) throws(TensorError) in
      try OneDNN.check(dnnl_memory_create(&memory, value, OneDNN.engine, start), operation)
    }
    arguments.append(dnnl_exec_arg_t(arg: index, memory: memory))
  }

  /// Runs the kernel and waits for it. Results are written into their tensors.
  func execute() -> dnnl_status_t {
    let status = dnnl_primitive_execute(
      primitive, OneDNN.stream, Int32(arguments.count), arguments)
    return status == dnnl_success ? dnnl_stream_wait(OneDNN.stream) : status
  }

  deinit { for argument in arguments { dnnl_memory_destroy(argument.memory) } }
}
