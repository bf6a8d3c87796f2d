import COneDNN

/// What a primitive does, with all that its kernel was chosen and compiled for: the cache's key.
protocol PrimitiveSpecification: Hashable {
  /// The operation, for messages.
  var operation: String { get }

  /// Whether the kernel runs on the thread that calls it alone: each thread of the team may then call one.
  var isSequential: Bool { get }

  /// Asks oneDNN for a kernel. Called on oneDNN's thread; the caller owns what it gets.
  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t
}

extension PrimitiveSpecification {
  var isSequential: Bool { false }
}

/// A primitive that has a forward and a backward kernel.
protocol TwoWaySpecification: PrimitiveSpecification {
  var isForward: Bool { get set }

  /// Asks oneDNN for a kernel; a backward one is given the forward one as a hint.
  func makeDescription(
    _ attributes: borrowing PrimitiveAttributes, beside forward: dnnl_primitive_desc_t?
  ) throws(TensorError) -> dnnl_primitive_desc_t
}

extension TwoWaySpecification {
  /// The same the given way.
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

/// A compiled kernel of oneDNN. Used on oneDNN's thread alone.
final class Primitive {
  fileprivate let handle: dnnl_primitive_t
  /// What backward primitives ask about their forward one.
  let description: dnnl_primitive_desc_t
  private let operation: String
  private var descriptions: [Int32: MemoryDescription] = [:]

  /// Takes over `description`.
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

  /// The kernels that are kept: those of some ResNets at some sizes. An image server sees many sizes.
  static let capacity = 1024
  nonisolated(unsafe) private static var cache = LRUCache<Key, Primitive>(capacity: capacity)

  /// How many there are at this moment.
  static var cachedCount: Int { ComputeThread.run { cache.count } }

  /// The primitive for `specification`, compiled for the team of the current context unless it is kept from
  /// an earlier call. On oneDNN's thread alone, which guards the cache. Throws `unsupported` when oneDNN has no
  /// kernel.
  static func of(_ specification: some PrimitiveSpecification) throws(TensorError) -> Primitive {
    // oneDNN plans a kernel for a number of threads, and runs it so.
    let threadCount = specification.isSequential ? 1 : ComputeContext.current.threadCount
    return try cache.value(for: Key(specification: specification, threadCount: threadCount)) {
      () throws(TensorError) in
      try ComputeThread.withTeam(of: threadCount) { () throws(TensorError) in
        try Primitive(specification.makeDescription(), operation: specification.operation)
      }
    }
  }

  /// How the memory of the argument `index` (`DNNL_ARG_...`) must lie; of 0 bytes when it takes none.
  func memory(of index: Int32) -> MemoryDescription {
    if let known = descriptions[index] { return known }
    guard let found = dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, index)
    else { preconditionFailure("\(operation) has no argument \(index)") }
    let description = MemoryDescription(found.pointee)
    descriptions[index] = description
    return description
  }

  /// A tensor for the result `index` to be written to. Throws `outOfMemory`.
  func output(_ index: Int32, _ shape: Shape) throws(TensorError) -> Tensor {
    try Tensor(uninitialized: shape, memory(of: index), operation: operation)
  }

  /// Runs the kernel on the memory of `arguments`, each of which lies as ``memory(of:)`` says.
  /// Results are written into theirs, which nobody else may hold yet; `workspace` is what the forward
  /// kernel leaves for the backward one.
  func execute(
    _ arguments: [(index: Int32, tensor: Tensor)], workspace: Tensor? = nil
  ) throws(TensorError) {
    let notes = workspace.map { [(DNNL_ARG_WORKSPACE, $0)] } ?? []
    try OneDNN.check(call(on: arguments + notes).execute(), operation)
  }

  /// The same, to be run later, and more than once.
  func call(on arguments: [(index: Int32, tensor: Tensor)]) throws(TensorError) -> PrimitiveCall {
    try PrimitiveCall(
      self, arguments, scratch: memory(of: DNNL_ARG_SCRATCHPAD), operation: operation)
  }
}

/// A kernel with the memory it works on. May run as often as wanted; calls of a sequential kernel with
/// memory of their own may run on several threads at once.
final class PrimitiveCall {
  private let primitive: Primitive
  private var arguments: [dnnl_exec_arg_t] = []
  private let tensors: [Tensor]
  private var scratch: TensorStorage?

  /// Of `primitive` on the memory of tensors, all of which it holds on to. Throws `outOfMemory`
  /// when there is no room for the scratch space.
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

/// Attributes of every kernel: scratch space is the caller's memory.
struct PrimitiveAttributes: ~Copyable {
  let handle: dnnl_primitive_attr_t

  init() {
    var handle: dnnl_primitive_attr_t?
    guard dnnl_primitive_attr_create(&handle) == dnnl_success, let handle,
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user) == dnnl_success
    else { preconditionFailure("no attributes for a primitive") }
    self.handle = handle
  }

  /// Multiplies results by a number, or by one of each of their channels, the second dimension.
  func scaleOutputs(by scales: [Float]) {
    guard
      dnnl_primitive_attr_set_output_scales(
        handle, Int64(scales.count), scales.count == 1 ? 0 : 1 << 1, scales) == dnnl_success
    else { preconditionFailure("no output scales for a primitive") }
  }

  /// Adds post-operations on each result: first the sum with the output's own value, of the type `addend` and
  /// times `scale`, then max(x, 0).
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

  /// Adds post-operations on each result: first the sum with the output's own value, then
  /// max(x, 0).
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

  /// Asks oneDNN for a kernel of what `made` describes (`dnnl_..._desc_t`), with the forward
  /// kernel as a hint for a backward one. The caller owns what it gets.
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
