import Errors

extension Tensor {
  /// Returns the elements, of an integer type, as indices of rows or classes. Throws if the type is not an integer, or
  /// if an element is negative or does not fit in 32 bits.
  package func indices() throws(TensorError) -> [UInt32] {
    switch elementType {
    case .uint32: return elements(of: UInt32.self)
    case .int8: return try indices(Int8.self)
    case .uint8: return try indices(UInt8.self)
    case .int32: return try indices(Int32.self)
    case .int64: return try indices(Int64.self)
    case .uint64: return try indices(UInt64.self)
    case .float32, .float16, .bfloat16:
      throw TensorError(
        .elementTypeMismatch, "elements of type \(elementType.rawValue)", place: "indices",
        remedy: "They must be whole numbers, such as \(ElementType.uint32.rawValue).")
    }
  }

  private func indices<Element: TensorElement & FixedWidthInteger>(
    _ type: Element.Type
  ) throws(TensorError) -> [UInt32] {
    let elements = elements(of: type)
    let indices = elements.compactMap { UInt32(exactly: $0) }
    guard indices.count == elements.count else {
      throw TensorError(
        .indexOutOfRange, "an element below 0 or above \(UInt32.max) in a shape \(shape)",
        place: "indices", remedy: "Count from 0.")
    }
    return indices
  }
}

extension Tape {
  /// Returns the input converted to the element type `type`, rounded to nearest if that is less precise, or the input
  /// itself if it already has that type. Quantized inputs are dequantized. Throws for types other than `float32` and
  /// `bfloat16`.
  package func convert(_ input: Variable, to type: ElementType) throws(TensorError) -> Variable {
    // Quantized values occur only in predictions, so they need no gradient.
    let input = input.value.scale == nil ? input : Variable(try input.value.dequantized())
    let types: Set<ElementType> = [.float32, .bfloat16]
    guard types.contains(type), types.contains(input.value.elementType) else {
      throw TensorError(
        .elementTypeMismatch, "elements of type \(input.value.elementType.rawValue)",
        place: "conversion", remedy: "Only float32 and bfloat16 can be converted to each other.")
    }
    guard input.value.elementType != type else { return input }
    let conversion = Rearrangement(name: "conversion") { (tensor) throws(TensorError) in
      try tensor.rowMajor(as: type)
    } back: { (gradient, input) throws(TensorError) in
      try gradient.rowMajor(as: input.elementType)
    }
    return try apply(conversion, to: input)
  }
}
