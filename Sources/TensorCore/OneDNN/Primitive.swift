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

/// A compiled kernel of oneDNN. Used on oneDNN's thread alone.
final class Primitive {
  private let handle: dnnl_primitive_t
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

  // Primitives live as long as the program: the cache never lets one go.

  nonisolated(unsafe) private static var cache: [AnyHashable: Primitive] = [:]

  /// The primitive for `specification`, compiled when it is first asked for. On oneDNN's thread alone,
  /// which guards the cache. Throws `unsupported` when oneDNN has no kernel.
  static func of(_ specification: some PrimitiveSpecification) throws(TensorError) -> Primitive {
    if let known = cache[specification] { return known }
    let primitive = try OneDNN.planning(forOneThread: specification.isSequential) {
      () throws(TensorError) in
      try Primitive(specification.makeDescription(), operation: specification.operation)
    }
    cache[specification] = primitive
    return primitive
  }

  /// How the memory of the argument `index` (`DNNL_ARG_...`) must lie; of 0 bytes when it takes none.
  func memory(of index: Int32) -> MemoryDescription {
    if let known = descriptions[index] { return known }
    guard let found = dnnl_primitive_desc_query_md(description, dnnl_query_exec_arg_md, index)
    else { preconditionFailure("\(operation) has no argument \(index)") }
    let description = MemoryDescription.of(found.pointee)
    descriptions[index] = description
    return description
  }

  /// A tensor for the result `index` to be written to. Throws `outOfMemory`.
  func output(_ index: Int32, _ shape: Shape) throws(TensorError) -> Tensor {
    try Tensor(uninitialized: shape, memory(of: index), operation: operation)
  }

  /// Runs the kernel on the memory of `arguments`, each of which lies as ``memory(of:)`` says.
  /// Results are written into theirs, which nobody else may hold yet.
  func execute(_ arguments: [(index: Int32, tensor: Tensor)]) throws(TensorError) {
    try OneDNN.check(call(on: arguments).execute(), operation)
  }

  /// The same, to be run later, and more than once.
  func call(on arguments: [(index: Int32, tensor: Tensor)]) throws(TensorError) -> PrimitiveCall {
    try PrimitiveCall(
      handle, arguments, scratch: memory(of: DNNL_ARG_SCRATCHPAD), operation: operation)
  }
}

/// What every kernel is asked for beyond its own parameters: to use our memory for its scratch space.
struct PrimitiveAttributes: ~Copyable {
  let handle: dnnl_primitive_attr_t

  init() {
    var handle: dnnl_primitive_attr_t?
    guard dnnl_primitive_attr_create(&handle) == dnnl_success, let handle,
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user) == dnnl_success
    else { preconditionFailure("no attributes for a primitive") }
    self.handle = handle
  }

  /// Adds what is done to each result element: first the sum with what stands there already, then
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

  /// Asks oneDNN for a kernel of what `made` describes (`dnnl_..._desc_t`), beside the kernel of the way
  /// forward where it is the way back. The caller owns what it gets.
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
