import COneDNN

/// Where the elements of a tensor lie in its memory.
enum TensorLayout: Hashable, Sendable {
  /// Without gaps, the last dimension side by side.
  case rowMajor
  /// As a kernel of oneDNN wants them, as in blocks of 16 channels: activations stay so from layer to
  /// layer.
  case blocked(MemoryDescription)
}

/// The copy of a tensor into memory that lies otherwise, or holds another element type.
struct Reordering: PrimitiveSpecification {
  let source: MemoryDescription
  let target: MemoryDescription
  /// What each number is multiplied by on the way.
  var factor: Float = 1

  var operation: String { "reordering" }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    var description: dnnl_primitive_desc_t?
    let attributes = PrimitiveAttributes()
    if factor != 1 { attributes.scaleOutputs(by: [factor]) }
    let status = withUnsafePointer(to: source.value) { source in
      withUnsafePointer(to: target.value) { target in
        dnnl_reorder_primitive_desc_create(
          &description, source, OneDNN.engine, target, OneDNN.engine, attributes.handle)
      }
    }
    try OneDNN.check(status, operation)
    guard let description else { preconditionFailure("success without a description") }
    return description
  }
}

extension Tensor {
  /// How oneDNN sees the memory. Traps for an element type it does not know.
  var description: MemoryDescription {
    switch layout {
    case .rowMajor: .rowMajor(shape.describable, elementType)
    case .blocked(let description): description
    }
  }

  /// A tensor with uninitialised memory, which its maker fills. Throws `outOfMemory`.
  init(
    uninitialized shape: Shape, _ description: MemoryDescription, operation: String
  ) throws(TensorError) {
    guard let elementType = description.elementType else {
      preconditionFailure("no element type for \(operation)")
    }
    try TensorMemory.expectRoom(for: description.byteCount, in: operation)
    let isRowMajor = description == description.rowMajor(elementType)
    self.init(
      shape: shape, elementType: elementType,
      layout: isRowMajor ? .rowMajor : .blocked(description),
      storage: TensorStorage(byteCount: description.byteCount))
  }

  /// The same numbers in memory as `target` describes it; this tensor itself when it lies so already.
  func laidOut(as target: MemoryDescription) throws(TensorError) -> Tensor {
    var copy = try reordered(as: target, times: 1)
    copy.scale = scale
    return copy
  }

  /// The numbers times `factor` in memory as `target` describes it, rounded to its element type.
  func reordered(
    as target: MemoryDescription, times factor: Float
  ) throws(TensorError) -> Tensor {
    // Lengths in oneDNN's grouping: row-major memory is the same for each.
    let source: MemoryDescription =
      switch layout {
      case .rowMajor: target.rowMajor(elementType)
      case .blocked(let description): description
      }
    if source == target, factor == 1 { return self }
    return try ComputeThread.run { () throws(TensorError) in
      let primitive = try Primitive.of(
        Reordering(source: source, target: target, factor: factor))
      let copy = try Tensor(uninitialized: shape, target, operation: "reordering")
      try primitive.execute([
        (DNNL_ARG_FROM, layout == .rowMajor ? described(by: source) : self), (DNNL_ARG_TO, copy),
      ])
      return copy
    }
  }

  /// The same memory as elements of another type of the same size, which mean something else: for a kernel that
  /// reads the one and writes the other.
  consuming func viewed(as type: ElementType) -> Tensor {
    precondition(type.byteCount == elementType.byteCount, "\(elementType) as \(type)")
    let layout: TensorLayout =
      switch layout {
      case .rowMajor: .rowMajor
      case .blocked(let description): .blocked(description.holding(type))
      }
    return Tensor(shape: shape, elementType: type, layout: layout, storage: storage)
  }

  /// The same memory under a description of other lengths.
  private func described(by description: MemoryDescription) -> Tensor {
    Tensor(
      shape: shape, elementType: elementType, layout: .blocked(description), storage: storage)
  }

  /// The same numbers as `type`, row-major: rounded to the nearest where it holds fewer digits. This
  /// tensor itself when it is so already. Throws when either type is none that oneDNN computes in.
  package func rowMajor(as type: ElementType? = nil) throws(TensorError) -> Tensor {
    let type = type ?? elementType
    if layout == .rowMajor && type == elementType { return self }
    if elementCount == 0 { return Tensor(uninitialized: shape, type) }
    switch layout {
    case .rowMajor: return try laidOut(as: .rowMajor(shape.describable, type))
    case .blocked(let description): return try laidOut(as: description.rowMajor(type))
    }
  }
}

extension Shape {
  /// The lengths as oneDNN takes them: it has no shapes without dimensions, or with more than 12.
  /// Row-major memory is the same for one long dimension.
  fileprivate var describable: [Int] { (1...12).contains(rank) ? dimensions : [elementCount] }
}
