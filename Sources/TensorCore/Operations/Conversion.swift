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
