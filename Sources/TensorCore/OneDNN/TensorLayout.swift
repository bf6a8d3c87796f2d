import COneDNN

/// The memory layout of a tensor's elements.
enum TensorLayout: Hashable, Sendable {
  /// Contiguous, with the last dimension varying fastest.
  case rowMajor
  /// A layout chosen by a oneDNN kernel, such as blocks of 16 channels. Activations keep it from layer to layer.
  case blocked(MemoryDescription)
}

/// A copy of a tensor to another layout or element type.
struct Reordering: PrimitiveSpecification {
  let source: MemoryDescription
  let target: MemoryDescription
  /// The factor by which elements are multiplied.
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
  /// oneDNN's description of the memory. Traps if oneDNN does not support the element type.
  var description: MemoryDescription {
    switch layout {
    case .rowMajor: .rowMajor(shape.describable, elementType)
    case .blocked(let description): description
    }
  }

  /// Creates a tensor of uninitialised memory, to be filled by the caller. Throws `outOfMemory`.
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

  /// Returns the same values in the memory format `target`, or this tensor if it already has that.
  func laidOut(as target: MemoryDescription) throws(TensorError) -> Tensor {
    var copy = try reordered(as: target, times: 1)
    copy.scale = scale
    return copy
  }

  /// Returns the values times `factor` in the memory format `target`, rounded to its element type.
  func reordered(
    as target: MemoryDescription, times factor: Float
  ) throws(TensorError) -> Tensor {
    // The dimensions are those of oneDNN's grouping; row-major memory is the same for either.
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

  /// Reinterprets the memory as another element type of the same size, for a kernel that reads the one and writes the
  /// other.
  consuming func viewed(as type: ElementType) -> Tensor {
    precondition(type.byteCount == elementType.byteCount, "\(elementType) as \(type)")
    let layout: TensorLayout =
      switch layout {
      case .rowMajor: .rowMajor
      case .blocked(let description): .blocked(description.holding(type))
      }
    return Tensor(shape: shape, elementType: type, layout: layout, storage: storage)
  }

  /// Returns a tensor of the same memory, described with other dimensions.
  private func described(by description: MemoryDescription) -> Tensor {
    Tensor(
      shape: shape, elementType: elementType, layout: .blocked(description), storage: storage)
  }

  /// Returns the same values as `type`, row-major, rounded to nearest if it is less precise. Returns this tensor if no
  /// conversion is needed. Throws if oneDNN does not support either type.
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
  /// The dimensions in a form that oneDNN supports, which is 1 to 12 of them. Others are flattened to one, which leaves
  /// row-major memory the same.
  fileprivate var describable: [Int] { (1...12).contains(rank) ? dimensions : [elementCount] }
}
