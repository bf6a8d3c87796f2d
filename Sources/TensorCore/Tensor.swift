import Errors

/// An array of numbers of any rank: a value, copied only when one of two holders writes.
///
/// **Memory order:** row-major without gaps, the innermost (last) dimension side by side, from an
/// address that is a multiple of 64. Results of oneDNN's operations lie as its kernels want them
/// (see ``TensorLayout``) until their elements are read, which come row-major: whoever
/// reads or writes elements need not know of layouts.
///
/// Operations compute in `float32`; other types are held, as indices and as weights read from files. In
/// predictions images may be quantized: numbers of 8 bits with a ``scale``.
package struct Tensor: Sendable {
  /// The lengths of the dimensions.
  package let shape: Shape
  /// The type of each element.
  package let elementType: ElementType
  /// What an element of a quantized tensor is to be multiplied by; nil where elements are the numbers
  /// themselves. See ``quantized(_:scale:)``.
  package internal(set) var scale: Float?
  /// Where each element lies.
  private(set) var layout: TensorLayout
  private(set) var storage: TensorStorage

  /// A tensor with uninitialised memory, which its maker fills before anyone else sees it.
  init(uninitialized shape: Shape, _ elementType: ElementType = .float32) {
    guard let byteCount = shape.byteCount(of: elementType) else {
      preconditionFailure("a tensor of shape \(shape) does not fit into memory")
    }
    self.shape = shape
    self.elementType = elementType
    layout = .rowMajor
    storage = TensorStorage(byteCount: byteCount)
  }

  /// A tensor of memory that is there already.
  init(shape: Shape, elementType: ElementType, layout: TensorLayout, storage: TensorStorage) {
    self.shape = shape
    self.elementType = elementType
    self.layout = layout
    self.storage = storage
  }

  /// A tensor of `shape` whose elements `fill` writes, all of them, through the buffer it is given.
  package init<Element: TensorElement>(
    _ shape: Shape, of type: Element.Type, fill: (UnsafeMutableBufferPointer<Element>) -> Void
  ) {
    self.init(uninitialized: shape, Element.elementType)
    fill(storage.elements(shape.elementCount))
  }

  /// A tensor of `shape` whose bytes `fill` writes, all of them, as the element type lies in memory.
  package init(
    _ shape: Shape, _ elementType: ElementType, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    self.init(uninitialized: shape, elementType)
    let count = shape.elementCount * elementType.byteCount
    fill(UnsafeMutableRawBufferPointer(rebasing: storage.bytes[..<count]))
  }

  /// A tensor of `float32` of `shape` whose elements `fill` writes, all of them.
  package init(_ shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    self.init(shape, of: Float.self, fill: fill)
  }

  /// A tensor with every element `value`.
  package init<Element: TensorElement>(_ shape: Shape, repeating value: Element) {
    self.init(shape, of: Element.self) { $0.initialize(repeating: value) }
  }

  /// A tensor of `float32` with every element 0.
  package static func zeros(_ shape: Shape) -> Tensor { Tensor(shape, repeating: Float(0)) }

  /// A tensor of `shape` with the given elements in row-major order. Traps unless they are as many
  /// as the shape has.
  package init<Element: TensorElement>(_ shape: Shape, _ elements: [Element]) {
    precondition(
      elements.count == shape.elementCount, "\(elements.count) elements for the shape \(shape)")
    self.init(shape, of: Element.self) { _ = $0.initialize(from: elements) }
  }

  /// A tensor without elements, as a placeholder for one that was moved out.
  static let empty = Tensor(uninitialized: [0])

  /// A single number as a tensor of shape `[]`.
  package init(_ number: Float) { self.init([], [number]) }

  /// The number of elements.
  package var elementCount: Int { shape.elementCount }

  /// The elements in row-major order, copied. Traps unless they are of `Element`'s type.
  package func elements<Element: TensorElement>(of type: Element.Type = Float.self) -> [Element] {
    withElements(of: Element.self) { Array($0) }
  }

  /// The only element. Traps unless the tensor holds just one, a `float32`.
  package var number: Float {
    precondition(elementCount == 1, "a tensor of shape \(shape) is not a single number")
    return withElements { $0[0] }
  }

  /// The same elements in another shape, without copying when they lie row-major. Complexity: O(1)
  /// then.
  ///
  /// Throws when the element counts differ.
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
  /// Calls `body` with the elements in row-major order, for reading, valid only meanwhile. Traps
  /// unless they are of `Element`'s type.
  package func withElements<Element: TensorElement, Result, Failure: Error>(
    of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(
      elementType == Element.elementType, "a tensor of \(elementType) read as \(Element.self)")
    let storage = inRowMajorOrder.storage
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(storage.elements(shape.elementCount)))
  }

  /// Calls `body` with the elements of a `float32` tensor, for reading, as
  /// ``withElements(of:_:)`` does.
  package func withElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withElements(of: Float.self, body)
  }

  /// Calls `body` with the elements' bytes in row-major order, for reading, valid only meanwhile.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let storage = inRowMajorOrder.storage
    defer { withExtendedLifetime(storage) {} }
    let count = shape.elementCount * elementType.byteCount
    return try body(UnsafeRawBufferPointer(rebasing: storage.bytes[..<count]))
  }

  /// Calls `body` with the elements in row-major order, for writing in place, valid only meanwhile.
  /// Copies them first when another tensor shares the memory. Traps unless they are of `Element`'s
  /// type.
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
      // The elements alone: a block that was handed on may be larger than what it holds.
      let count = shape.elementCount * elementType.byteCount
      let copy = TensorStorage(byteCount: count)
      copy.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage.bytes[..<count]))
      storage = copy
    }
    return try body(storage.elements(shape.elementCount))
  }

  /// Calls `body` with the elements of a `float32` tensor, for writing, as
  /// ``withMutableElements(of:_:)`` does.
  package mutating func withMutableElements<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withMutableElements(of: Float.self, body)
  }
}

extension Tensor {
  /// The memory as it lies, padding included. Whoever reads keeps the tensor alive meanwhile; whoever
  /// writes is the tensor's maker, before anyone else holds it.
  var storedBytes: UnsafeMutableRawBufferPointer { storage.bytes }

  /// Whether no other tensor shares the memory.
  var hasOwnStorage: Bool { mutating get { isKnownUniquelyReferenced(&storage) } }

  /// This tensor in row-major order. There is always room for the copy: whoever reads here can't
  /// throw, and operations ask for room first.
  private var inRowMajorOrder: Tensor {
    if layout == .rowMajor { return self }
    do throws(TensorError) { return try rowMajor() } catch {
      preconditionFailure("a tensor of shape \(shape) can't be read: \(error)")
    }
  }
}

extension TensorStorage {
  /// The first `count` elements. The caller keeps the storage alive meanwhile.
  func elements<Element: TensorElement>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
    let start = bytes.baseAddress?.bindMemory(to: Element.self, capacity: count)
    return UnsafeMutableBufferPointer(start: start, count: count)
  }
}
