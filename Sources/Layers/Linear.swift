package import TensorCore

/// A linear layer, `x Wᵀ + b`: each row of the input times a matrix, plus a bias.
///
/// Weight and bias are initialised uniformly within ±`1 / sqrt(inputs)` (PyTorch's `Linear`). The bias is exempt from
/// weight decay.
package final class Linear: Layer {
  /// `[outputs, inputs]`.
  package let weight: Parameter
  /// `[outputs]`, or nil.
  package let bias: Parameter?

  /// Creates a layer from `inputCount` to `outputCount` features, initialised from `random`.
  package init(
    inputCount: Int, outputCount: Int, hasBias: Bool = true, random: inout RandomStream
  ) {
    precondition(inputCount > 0, "a linear layer without inputs")
    let bound = 1 / Float(inputCount).squareRoot()
    weight = Parameter(
      Tensor([outputCount, inputCount]) { random.fillUniform($0, from: -bound, to: bound) })
    bias =
      hasBias
      ? Parameter(
        Tensor([outputCount]) { random.fillUniform($0, from: -bound, to: bound) },
        isDecayed: false) : nil
  }

  package var ownParameters: [(name: String, parameter: Parameter)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
  }

  /// Maps `[rows, inputs]` to `[rows, outputs]`. Throws if the input does not have `inputs` columns.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let product = try pass.tape.matmul(input, transposed: pass.variable(weight))
    guard let bias else { return product }
    return try pass.tape.add(product, pass.variable(bias))
  }
}
