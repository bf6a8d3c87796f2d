package import TensorCore

/// A part of a model: parameters and buffers of its own, and modules within it, each under a name.
///
/// A parameter's full name is the path to it, joined by dots, as PyTorch writes it:
/// `layer1.0.conv1.weight`. Files keep parameters and buffers under these names.
package protocol Module: AnyObject {
  /// The parameters that this module itself holds, in a fixed order.
  var ownParameters: [(name: String, parameter: Parameter)] { get }
  /// The buffers that this module itself holds, in a fixed order.
  var ownBuffers: [(name: String, buffer: Buffer)] { get }
  /// The modules within this one, in a fixed order.
  ///
  /// Under the name "" a module's parameters have the same names as this one's own.
  var children: [(name: String, module: any Module)] { get }
}

/// A module that, without those within it, computes faster with weights that no longer change: see ``Predictor``.
package protocol FoldableModule: Module {
  /// What it computes with its weights as they stand.
  func prepared(in context: ComputeContext) -> PreparedConvolution
}

/// A module that makes one tensor of one tensor, and so can stand in a ``Sequential``.
package protocol Layer: Module {
  /// The output for `input`. Throws when its shape does not fit.
  func callAsFunction(_ input: Variable, in pass: ForwardPass) throws(TensorError) -> Variable

  /// The output plus `addend`, then max(x, 0) where `relu`: how a residual block ends. A layer that can do
  /// both in the pass over memory that writes its output has its own way.
  func callAsFunction(
    _ input: Variable, adding addend: consuming Variable, relu: Bool, in pass: ForwardPass
  ) throws(TensorError) -> Variable
}

extension Layer {
  package func callAsFunction(
    _ input: Variable, adding addend: consuming Variable, relu: Bool, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let output = try self(input, in: pass)
    return try relu ? pass.tape.addReLU(output, addend) : pass.tape.add(output, addend)
  }
}

extension Module {
  package var ownParameters: [(name: String, parameter: Parameter)] { [] }
  package var ownBuffers: [(name: String, buffer: Buffer)] { [] }
  package var children: [(name: String, module: any Module)] { [] }

  /// This module and all within it, in order.
  func all() -> [any Module] { [self] + children.flatMap { $0.module.all() } }

  /// All parameters with their full names: a module's own, then those of its children, in order.
  package func namedParameters() -> [(name: String, parameter: Parameter)] {
    ownParameters
      + children.flatMap { child in
        child.module.namedParameters().map { (path(child.name, $0.name), $0.parameter) }
      }
  }

  /// All buffers with their full names, in the order of ``namedParameters()``.
  package func namedBuffers() -> [(name: String, buffer: Buffer)] {
    ownBuffers
      + children.flatMap { child in
        child.module.namedBuffers().map { (path(child.name, $0.name), $0.buffer) }
      }
  }

  /// All parameters, then all buffers, with their full names: all that a file of the module holds (PyTorch's
  /// `state_dict`).
  package func namedState() -> [(name: String, tensor: any StateTensor)] {
    namedParameters().map { ($0.name, $0.parameter) } + namedBuffers().map { ($0.name, $0.buffer) }
  }

  private func path(_ outer: String, _ inner: String) -> String {
    outer.isEmpty ? inner : "\(outer).\(inner)"
  }
}
