/// A function of one number, of each element.
struct ElementwiseFunction: Operation {
  /// Which function.
  enum Kind: String {
    case exponential
    case logarithm
    case squareRoot = "square root"
    case absoluteValue = "absolute value"
  }

  let kind: Kind
  var name: String { kind.rawValue }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    return switch kind {
    case .exponential: inputs[0].mappedByVectors(\.unboundedExponential)
    case .logarithm: inputs[0].mappedByVectors(\.logarithm)
    case .squareRoot: inputs[0].mapped { $0.squareRoot() }
    case .absoluteValue: inputs[0].mapped { abs($0) }
    }
  }

  /// With y = f(x): y for e^x, 1 / x for ln x, 1 / 2y for the root, the sign for the absolute value
  /// (0 at 0).
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let gradient =
      switch kind {
      case .exponential: try Tensor.combined(outputGradient, output, operation: name, *)
      case .logarithm: try Tensor.combined(outputGradient, inputs[0], operation: name, /)
      case .squareRoot:
        try Tensor.combined(outputGradient, output, operation: name) { $0 / (2 * $1) }
      case .absoluteValue:
        try Tensor.combined(outputGradient, inputs[0], operation: name) {
          $1 > 0 ? $0 : $1 < 0 ? -$0 : $1 * 0
        }
      }
    return [.dense(gradient)]
  }
}

extension Tensor {
  /// `transform` of the elements, eight at a time.
  @inline(__always)
  func mappedByVectors(_ transform: (SIMD8<Float>) -> SIMD8<Float>) -> Tensor {
    Tensor(shape) { output in
      withElements { input in
        var start = 0
        while start + 8 <= input.count {
          output.store(transform(input.vector(at: start)), at: start)
          start += 8
        }
        guard start < input.count else { return }
        // What fills up the last vector is thrown away.
        var last = SIMD8<Float>(repeating: input[start])
        for lane in 0..<input.count - start { last[lane] = input[start + lane] }
        last = transform(last)
        for lane in 0..<input.count - start { output[start + lane] = last[lane] }
      }
    }
  }
}

extension UnsafeBufferPointer<Float> {
  /// Eight elements from `position`, unchecked.
  @inline(__always)
  func vector(at position: Int) -> SIMD8<Float> {
    UnsafeRawPointer(baseAddress.unsafelyUnwrapped + position)
      .loadUnaligned(as: SIMD8<Float>.self)
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Writes eight elements from `position`, unchecked.
  @inline(__always)
  func store(_ vector: SIMD8<Float>, at position: Int) {
    UnsafeMutableRawPointer(baseAddress.unsafelyUnwrapped + position)
      .storeBytes(of: vector, as: SIMD8<Float>.self)
  }
}

extension Tape {
  /// e to the power of each element, within a relative 5e-7; infinite above 88.7, 0 below -87.
  package func exponential(_ input: Variable) throws(TensorError) -> Variable {
    try apply(ElementwiseFunction(kind: .exponential), to: input)
  }

  /// The natural logarithm of each element, within a relative 2e-7; -infinity at 0, NaN below.
  package func logarithm(_ input: Variable) throws(TensorError) -> Variable {
    try apply(ElementwiseFunction(kind: .logarithm), to: input)
  }

  /// The square root of each element; NaN below 0. Its derivative at 0 is infinite.
  package func squareRoot(_ input: Variable) throws(TensorError) -> Variable {
    try apply(ElementwiseFunction(kind: .squareRoot), to: input)
  }

  /// Each element without its sign; its derivative at 0 counts as 0.
  package func absoluteValue(_ input: Variable) throws(TensorError) -> Variable {
    try apply(ElementwiseFunction(kind: .absoluteValue), to: input)
  }
}
