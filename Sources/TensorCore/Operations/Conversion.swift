import Errors

/// The same numbers, row-major and in another element type.
struct Conversion: Operation {
  let name = "conversion"
  let type: ElementType

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try inputs[0].rowMajor(as: type)
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    [.dense(try outputGradient.rowMajor(as: inputs[0].elementType))]
  }
}

extension Tensor {
  /// The same numbers as elements of another type; itself when they are of it already.
  ///
  /// To `bfloat16` each is rounded to the nearest, from a fraction to an integer towards 0.
  /// Throws when an integer type can't hold a number, and from or to `float16`. Complexity: O(n).
  package func converted(to type: ElementType) throws(TensorError) -> Tensor {
    switch (elementType, type) {
    case (let own, let other) where own == other: return self
    // The loops that training runs through: specialised, so that they work on whole vectors.
    case (.float32, .bfloat16): return mapped(Float.self) { BFloat16($0) }
    case (.bfloat16, .float32): return mapped(BFloat16.self) { Float($0) }
    case (.uint8, .float32): return mapped(UInt8.self) { Float($0) }
    default: break
    }
    guard let source = elementType.convertible, let target = type.convertible else {
      throw TensorError(
        .elementTypeMismatch, "elements of type \(elementType.rawValue) to \(type.rawValue)",
        place: "conversion", remedy: "\(ElementType.float16.rawValue) is not converted.")
    }
    return try converted(from: source, to: target)
  }

  private func mapped<Source: TensorElement, Target: TensorElement>(
    _: Source.Type, _ transform: (Source) -> Target
  ) -> Tensor {
    withElements(of: Source.self) { source in
      Tensor(shape, of: Target.self) { target in
        for position in source.indices { target[position] = transform(source[position]) }
      }
    }
  }

  private func converted<Source: ConvertibleElement, Target: ConvertibleElement>(
    from: Source.Type, to: Target.Type
  ) throws(TensorError) -> Tensor {
    var unfit: Source?
    let result = withElements(of: Source.self) { source in
      Tensor(shape, of: Target.self) { target in
        for position in source.indices {
          guard let number = source[position].converted(to: Target.self) else {
            unfit = source[position]
            return target.initialize(repeating: Target.zero)
          }
          target[position] = number
        }
      }
    }
    guard let unfit else { return result }
    throw TensorError(
      .valueOutOfRange, "\(unfit) in a tensor of shape \(shape)", place: "conversion",
      remedy: "Elements of type \(Target.elementType.rawValue) can't hold it.")
  }
}

/// A type of element that others are made of and made into.
protocol ConvertibleElement: TensorElement {
  static var zero: Self { get }
  /// The number without its fraction where the type has none; nil when it is too large, or NaN.
  init?(truncating number: Float)
  /// The nearest number; nil when it is too large.
  init?(integer: some FixedWidthInteger)
  func converted<Target: ConvertibleElement>(to: Target.Type) -> Target?
}

extension ConvertibleElement where Self: FixedWidthInteger {
  init?(truncating number: Float) { self.init(exactly: number.rounded(.towardZero)) }
  init?(integer: some FixedWidthInteger) { self.init(exactly: integer) }
  func converted<Target: ConvertibleElement>(to: Target.Type) -> Target? { Target(integer: self) }
}

extension Int32: ConvertibleElement {}
extension Int64: ConvertibleElement {}
extension UInt8: ConvertibleElement {}
extension UInt32: ConvertibleElement {}
extension UInt64: ConvertibleElement {}

extension Float: ConvertibleElement {
  init?(truncating number: Float) { self = number }
  init?(integer: some FixedWidthInteger) { self.init(integer) }
  func converted<Target: ConvertibleElement>(to: Target.Type) -> Target? {
    Target(truncating: self)
  }
}

extension BFloat16: ConvertibleElement {
  static var zero: BFloat16 { BFloat16(bitPattern: 0) }
  init?(truncating number: Float) { self.init(number) }
  init?(integer: some FixedWidthInteger) { self.init(Float(integer)) }
  func converted<Target: ConvertibleElement>(to: Target.Type) -> Target? {
    Target(truncating: Float(self))
  }
}

extension ElementType {
  fileprivate var convertible: (any ConvertibleElement.Type)? {
    switch self {
    case .float32: Float.self
    case .bfloat16: BFloat16.self
    case .int32: Int32.self
    case .int64: Int64.self
    case .uint8: UInt8.self
    case .uint32: UInt32.self
    case .uint64: UInt64.self
    case .float16: nil
    }
  }
}

extension Tape {
  /// The same numbers in the element type `type`, rounded to the nearest where it holds fewer digits;
  /// the input itself when it is of it already. Throws for types other than `float32` and `bfloat16`.
  package func convert(_ input: Variable, to type: ElementType) throws(TensorError) -> Variable {
    let types: Set<ElementType> = [.float32, .bfloat16]
    guard types.contains(type), types.contains(input.value.elementType) else {
      throw TensorError(
        .elementTypeMismatch, "elements of type \(input.value.elementType.rawValue)",
        place: "conversion", remedy: "Single precision and bfloat16 are made of each other.")
    }
    return input.value.elementType == type ? input : try apply(Conversion(type: type), to: input)
  }
}
