package import TensorCore

/// A module that makes one tensor of one tensor, and so can stand in a ``Sequential``.
package protocol Layer: Module {
  /// The output for `input`. Throws when its shape does not fit.
  func callAsFunction(_ input: Variable, in pass: ForwardPass) throws(TensorError) -> Variable
}
