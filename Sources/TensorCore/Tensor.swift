import Errors

/// An n-dimensional array with value semantics, copied on write.
///
/// **Memory order:** contiguous and row-major (the last dimension varies fastest), aligned to 64 bytes. Results of
/// oneDNN operations stay in the layout of its kernels (see ``TensorLayout``) until their elements are accessed, and
/// are then converted to row-major. Code that reads or writes elements need not know about layouts.
///
/// Operations compute in `float32`. Other types are only stored, such as indices and weights read from files. In
/// predictions images may be quantized: 8-bit integers with a ``scale``.
package struct Tensor: Sendable {
  /// The dimensions.
  package let shape: Shape
  /// The type of each element.
  package let elementType: ElementType
  /// The factor by which elements of a quantized tensor are multiplied; nil if elements are the values themselves. See
  /// ``quantized(_:scale:)``.
  package internal(set) var scale: Float?
  /// The memory layout of the elements.
  private(set) var layout: TensorLayout
  private(set) var storage: TensorStorage

  /// Creates a tensor of uninitialised memory, which the caller fills before sharing it.
  init(uninitialized shape: Shape, _ elementType: ElementType = .float32) {
    guard let byteCount = shape.byteCount(of: elementType) else {
      preconditionFailure("a tensor of shape \(shape) does not fit into memory")
    }
    self.shape = shape
    self.elementType = elementType
    layout = .rowMajor
    storage = TensorStorage(byteCount: byteCount)
  }

  /// Creates a tensor of existing memory.
  init(shape: Shape, elementType: ElementType, layout: TensorLayout, storage: TensorStorage) {
    self.shape = shape
    self.elementType = elementType
    self.layout = layout
    self.storage = storage
  }

  /// Creates a tensor of `shape`. `fill` must write all elements of the buffer it is given.
  package init<Element: TensorElement>(
    _ shape: Shape, of type: Element.Type, fill: (UnsafeMutableBufferPointer<Element>) -> Void
  ) {
    self.init(uninitialized: shape, Element.elementType)
    fill(storage.elements(shape.elementCount))
  }

  /// Creates a tensor of `shape`. `fill` must write all bytes, in the memory representation of the element type.
  package init(
    _ shape: Shape, _ elementType: ElementType, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    self.init(uninitialized: shape, elementType)
    let count = shape.elementCount * elementType.byteCount
    fill(UnsafeMutableRawBufferPointer(rebasing: storage.bytes[..<count]))
  }

  /// Creates a `float32` tensor of `shape`. `fill` must write all elements.
  package init(_ shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    self.init(shape, of: Float.self, fill: fill)
  }

  /// Creates a tensor with every element set to `value`.
  package init<Element: TensorElement>(_ shape: Shape, repeating value: Element) {
    self.init(shape, of: Element.self) { $0.initialize(repeating: value) }
  }

  /// Returns a `float32` tensor of zeros.
  package static func zeros(_ shape: Shape) -> Tensor { Tensor(shape, repeating: Float(0)) }

  /// Creates a tensor of `shape` with the given elements in row-major order. Traps unless their number matches the
  /// shape.
  package init<Element: TensorElement>(_ shape: Shape, _ elements: [Element]) {
    precondition(
      elements.count == shape.elementCount, "\(elements.count) elements for the shape \(shape)")
    self.init(shape, of: Element.self) { _ = $0.initialize(from: elements) }
  }

  /// An empty tensor, as a placeholder for one that was moved out.
  static let empty = Tensor(uninitialized: [0])

  /// Creates a scalar, a tensor of shape `[]`.
  package init(_ number: Float) { self.init([], [number]) }

  /// The number of elements.
  package var elementCount: Int { shape.elementCount }

  /// Returns a copy of the elements in row-major order. Traps unless their type is `Element`.
  package func elements<Element: TensorElement>(of type: Element.Type = Float.self) -> [Element] {
    withElements(of: Element.self) { Array($0) }
  }

  /// The only element. Traps unless the tensor holds exactly one, of type `float32`.
  package var number: Float {
    precondition(elementCount == 1, "a tensor of shape \(shape) is not a single number")
    return withElements { $0[0] }
  }

  /// Returns the same elements in another shape. For row-major tensors this takes O(1), without copying.
  ///
  /// Throws if the element counts differ.
  package func reshaped(to shape: Shape) throws(TensorError) -> Tensor {
    guard shape.elementCount == self.shape.elementCount else {
      throw .shapes(
        self.shape, shape, in: "reshape", remedy: "Both must have the same number of elements.")
    }
    var reshaped = Tensor(
      shape: shape, elementType: elementType, layout: .rowMajor, storage: try rowMajor().storage)
    reshaped.scale = scale
    return reshaped
  }
}

extension Tensor {
  /// Calls `body` with the elements in row-major order, for reading. The buffer is valid only during the call. Traps
  /// unless the element type is `Element`.
  package func withElements<Element: TensorElement, Result, Failure: Error>(
    of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(
      elementType == Element.elementType, "a tensor of \(elementType) read as \(Element.self)")
    let storage = inRowMajorOrder.storage
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(storage.elements(shape.elementCount)))
  }

  /// Calls `body` with the elements of a `float32` tensor, for reading. See ``withElements(of:_:)``.
  package func withElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withElements(of: Float.self, body)
  }

  /// Calls `body` with the bytes of the elements in row-major order, for reading. The buffer is valid only during the
  /// call.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let storage = inRowMajorOrder.storage
    defer { withExtendedLifetime(storage) {} }
    let count = shape.elementCount * elementType.byteCount
    return try body(UnsafeRawBufferPointer(rebasing: storage.bytes[..<count]))
  }

  /// Calls `body` with the elements in row-major order, for writing in place. Copies them first if the memory is
  /// shared. The buffer is valid only during the call. Traps unless the element type is `Element`.
  package mutating func withMutableElements<Element: TensorElement, Result, Failure: Error>(
    of type: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(
      elementType == Element.elementType, "a tensor of \(elementType) written as \(Element.self)")
    if layout != .rowMajor {
      storage = inRowMajorOrder.storage
      layout = .rowMajor
    }
    if !isKnownUniquelyReferenced(&storage) {
      // Only the elements are copied: a recycled block may be larger than its contents.
      let count = shape.elementCount * elementType.byteCount
      let copy = TensorStorage(byteCount: count)
      copy.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage.bytes[..<count]))
      storage = copy
    }
    return try body(storage.elements(shape.elementCount))
  }

  /// Calls `body` with the elements of a `float32` tensor, for writing. See ``withMutableElements(of:_:)``.
  package mutating func withMutableElements<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withMutableElements(of: Float.self, body)
  }
}

extension Tensor {
  /// The raw memory, padding included. Readers must keep the tensor alive; only its creator may write, before sharing
  /// it.
  var storedBytes: UnsafeMutableRawBufferPointer { storage.bytes }

  /// Whether the memory is not shared with another tensor.
  var hasOwnStorage: Bool { mutating get { isKnownUniquelyReferenced(&storage) } }

  /// This tensor in row-major order. Traps if there is no room for the copy, as accesses can't throw; operations check
  /// for room beforehand.
  private var inRowMajorOrder: Tensor {
    if layout == .rowMajor { return self }
    do throws(TensorError) { return try rowMajor() } catch {
      preconditionFailure("a tensor of shape \(shape) can't be read: \(error)")
    }
  }
}

extension TensorStorage {
  /// Returns the first `count` elements. The caller keeps the storage alive.
  func elements<Element: TensorElement>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
    let start = bytes.baseAddress?.bindMemory(to: Element.self, capacity: count)
    return UnsafeMutableBufferPointer(start: start, count: count)
  }
}
