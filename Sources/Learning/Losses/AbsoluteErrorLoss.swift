package import Layers
package import TensorCore

/// The mean over all elements of the absolute difference; targets have the shape of the outputs.
package struct AbsoluteErrorLoss: LossFunction {
  package init() {}

  package func callAsFunction(
    _ outputs: Variable, _ targets: Tensor, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try pass.tape.meanAbsoluteError(outputs, Variable(targets))
  }
}
