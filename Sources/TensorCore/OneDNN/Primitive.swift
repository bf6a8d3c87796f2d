import COneDNN

/// A primitive and everything its kernel is selected and compiled for; serves as the cache key.
protocol PrimitiveSpecification: Hashable {
  /// The name of the operation, for messages.
  var operation: String { get }

  /// Whether the kernel runs on the calling thread only, so that each thread of the team may call one.
  var isSequential: Bool { get }

  /// Requests a kernel from oneDNN. Called on oneDNN's thread; the caller owns the result.
  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t
}

extension PrimitiveSpecification {
  var isSequential: Bool { false }
}

/// A primitive with a forward and a backward kernel.
protocol TwoWaySpecification: PrimitiveSpecification {
  var isForward: Bool { get set }

  /// Requests a kernel from oneDNN, with the forward one as the hint for a backward one.
  func makeDescription(
    _ attributes: borrowing PrimitiveAttributes, beside forward: dnnl_primitive_desc_t?
  ) throws(TensorError) -> dnnl_primitive_desc_t
}

extension TwoWaySpecification {
  /// Returns the primitive for the given direction.
  func beingForward(_ isForward: Bool) -> Self {
    var other = self
    other.isForward = isForward
    return other
  }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    var forward: dnnl_primitive_desc_t?
    defer { if let forward { dnnl_primitive_desc_destroy(forward) } }
    if !isForward { forward = try beingForward(true).makeDescription() }
    return try makeDescription(PrimitiveAttributes(), beside: forward)
  }
}

/// A compiled oneDNN kernel. Used only on oneDNN's thread.
final class Primitive {
  fileprivate let handle: dnnl_primitive_t
  /// The description that the kernel was created from, which is asked for the layouts of arguments.
  let description: dnnl_primitive_desc_t
  private let operation: String
  private var descriptions: [Int32: MemoryDescription] = [:]

  /// Creates a kernel and takes ownership of `description`.
  private init(_ description: dnnl_primitive_desc_t, operation: String) throws(TensorError) {
    var handle: dnnl_primitive_t?
    try OneDNN.check(dnnl_primitive_create(&handle, description), operation)
    guard let handle else { preconditionFailure("success without a primitive") }
    self.handle = handle
    self.description = description
    self.operation = operation
  }

  deinit {
    dnnl_primitive_destroy(handle)
    dnnl_primitive_desc_destroy(description)
  }

  private struct Key: Hashable {
    let specification: AnyHashable
    let threadCount: Int
  }

  /// The number of kernels kept, enough for several ResNets at several sizes. An image server sees many sizes.
  static let capacity = 1024
  nonisolated(unsafe) private static var cache = LRUCache<Key, Primitive>(capacity: capacity)

  /// The current number of cached kernels.
  static var cachedCount: Int { ComputeThread.run { cache.count } }

  /// Returns the primitive for `specification`, compiled for the current context's number of threads unless it is
  /// cached. Must be called on oneDNN's thread, which guards the cache. Throws `unsupported` if oneDNN has no kernel.
  static func of(_ specification: some PrimitiveSpecification) throws(TensorError) -> Primitive {
    // oneDNN plans a kernel for a number of threads, and must run it with the same.
    let threadCount = specification.isSequential ? 1 : ComputeContext.current.threadCount
    return try cache.value(for: Key(specification: specification, threadCount: threadCount)) {
      () throws(TensorError) in
      try ComputeThread.withTeam(of: threadCount) { () throws(TensorError) in
        try Primitive(specification.makeDescription(), operation: specification.operation)
      }
    }
  }

  /// Returns the required layout of argument `index` (`DNNL_ARG_...`), with a size of 0 bytes if it is not used.
  func memory(of index: Int32) -> MemoryDescription {
    if let known = descriptions[index] { return known }
    guard let found = dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, index)
    else { preconditionFailure("\(operation) has no argument \(index)") }
    let description = MemoryDescription(found.pointee)
    descriptions[index] = description
    return description
  }

  /// Returns a tensor for result `index`. Throws `outOfMemory`.
  func output(_ index: Int32, _ shape: Shape) throws(TensorError) -> Tensor {
    try Tensor(uninitialized: shape, memory(of: index), operation: operation)
  }

  /// Runs the kernel on `arguments`, which must have the layouts given by ``memory(of:)``. Results are written to their
  /// tensors, which must not be shared yet. `workspace` holds what the forward kernel leaves for the backward one.
  func execute(
    _ arguments: [(index: Int32, tensor: Tensor)], workspace: Tensor? = nil
  ) throws(TensorError) {
    let notes = workspace.map { [(DNNL_ARG_WORKSPACE, $0)] } ?? []
    try OneDNN.check(call(on: arguments + notes).execute(), operation)
  }

  /// Returns a call that can be run later, and repeatedly.
  func call(on arguments: [(index: Int32, tensor: Tensor)]) throws(TensorError) -> PrimitiveCall {
    try PrimitiveCall(
      self, arguments, scratch: memory(of: DNNL_ARG_SCRATCHPAD), operation: operation)
  }
}

/// A kernel bound to its arguments, which can be run repeatedly. Calls of a sequential kernel may run concurrently on
/// several threads if each has its own memory.
final class PrimitiveCall {
  private let primitive: Primitive
  private var arguments: [dnnl_exec_arg_t] = []
  private let tensors: [Tensor]
  private var scratch: TensorStorage?

  /// Binds `primitive` to the memory of tensors, all of which are retained. Throws `outOfMemory` if the scratchpad does
  /// not fit.
  init(
    _ primitive: Primitive, _ arguments: [(index: Int32, tensor: Tensor)],
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

  /// Runs the kernel and waits for it.
  func execute() -> dnnl_status_t {
    let status = dnnl_primitive_execute(
      primitive.handle, OneDNN.stream, Int32(arguments.count), arguments)
    return status == dnnl_success ? dnnl_stream_wait(OneDNN.stream) : status
  }

  deinit { for argument in arguments { dnnl_memory_destroy(argument.memory) } }
}

/// The attributes of all kernels: the caller provides the scratchpad.
struct PrimitiveAttributes: ~Copyable {
  let handle: dnnl_primitive_attr_t

  init() {
    var handle: dnnl_primitive_attr_t?
    guard dnnl_primitive_attr_create(&handle) == dnnl_success, let handle,
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user) == dnnl_success
    else { preconditionFailure("no attributes for a primitive") }
    self.handle = handle
  }

  /// Multiplies results by one factor, or by one per channel (the second dimension).
  func scaleOutputs(by scales: [Float]) {
    guard
      dnnl_primitive_attr_set_output_scales(
        handle, Int64(scales.count), scales.count == 1 ? 0 : 1 << 1, scales) == dnnl_success
    else { preconditionFailure("no output scales for a primitive") }
  }

  /// Appends post-operations: first the sum with the output's previous value, of type `addend` and times `scale`, then
  /// max(x, 0) if `relu`.
  func append(sum addend: ElementType, scale: Float, relu: Bool) {
    var operations: dnnl_post_ops_t?
    guard dnnl_post_ops_create(&operations) == dnnl_success, let operations else {
      preconditionFailure("no post-operations")
    }
    dnnl_post_ops_append_sum_v2(operations, scale, addend.oneDNN)
    if relu { dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0) }
    dnnl_primitive_attr_set_post_ops(handle, operations)
    dnnl_post_ops_destroy(operations)
  }

  /// Appends post-operations: first the sum with the output's previous value if `sum`, then max(x, 0) if `relu`.
  func append(sum: Bool, relu: Bool) {
    var operations: dnnl_post_ops_t?
    guard dnnl_post_ops_create(&operations) == dnnl_success, let operations else {
      preconditionFailure("no post-operations")
    }
    if sum { dnnl_post_ops_append_sum(operations, 1) }
    if relu { dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0) }
    dnnl_primitive_attr_set_post_ops(handle, operations)
    dnnl_post_ops_destroy(operations)
  }

  /// Requests a kernel for `made` (a `dnnl_..._desc_t`) from oneDNN, with the forward kernel as the hint for a backward
  /// one. The caller owns the result.
  func description(
    of made: UnsafeRawPointer, beside forward: dnnl_primitive_desc_t? = nil, operation: String
  ) throws(TensorError) -> dnnl_primitive_desc_t {
    var description: dnnl_primitive_desc_t?
    try OneDNN.check(
      dnnl_primitive_desc_create(&description, made, handle, OneDNN.engine, forward), operation)
    guard let description else { preconditionFailure("success without a description") }
    return description
  }

  deinit { dnnl_primitive_attr_destroy(handle) }
}
