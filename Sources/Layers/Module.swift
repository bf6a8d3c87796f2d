package import TensorCore

/// A part of a model: named parameters and buffers of its own, and named child modules.
///
/// A parameter's full name is its path joined by dots, as in PyTorch: `layer1.0.conv1.weight`. Files store parameters
/// and buffers under these names.
package protocol Module: AnyObject {
  /// The module's own parameters, in a fixed order.
  var ownParameters: [(name: String, parameter: Parameter)] { get }
  /// The module's own buffers, in a fixed order.
  var ownBuffers: [(name: String, buffer: Buffer)] { get }
  /// The child modules, in a fixed order.
  ///
  /// The parameters of a child named "" are named as if they were this module's own.
  var children: [(name: String, module: any Module)] { get }
}

/// A module that can be folded for faster prediction with constant weights, bypassing its children; see ``Predictor``.
package protocol FoldableModule: Module {
  /// Returns the module's computation with its current weights.
  func prepared(in context: ComputeContext) -> PreparedConvolution
}

/// A module that maps one tensor to one tensor and so can be part of a ``Sequential``.
package protocol Layer: Module {
  /// Returns the output for `input`. Throws if the shape does not fit.
  func callAsFunction(_ input: Variable, in pass: ForwardPass) throws(TensorError) -> Variable

  /// Returns the output plus `addend`, after max(x, 0) if `relu`: the end of a residual block. Layers that can do both
  /// while writing their output override this.
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

  /// Returns this module and all its descendants, in order.
  func all() -> [any Module] { [self] + children.flatMap { $0.module.all() } }

  /// Returns all parameters with their full names: the module's own, then its children's, in order.
  package func namedParameters() -> [(name: String, parameter: Parameter)] {
    ownParameters
      + children.flatMap { child in
        child.module.namedParameters().map { (path(child.name, $0.name), $0.parameter) }
      }
  }

  /// Returns all buffers with their full names, in the order of ``namedParameters()``.
  package func namedBuffers() -> [(name: String, buffer: Buffer)] {
    ownBuffers
      + children.flatMap { child in
        child.module.namedBuffers().map { (path(child.name, $0.name), $0.buffer) }
      }
  }

  /// Returns all parameters, then all buffers, with their full names: everything a file of the module stores (PyTorch's
  /// `state_dict`).
  package func namedState() -> [(name: String, tensor: any StateTensor)] {
    namedParameters().map { ($0.name, $0.parameter) } + namedBuffers().map { ($0.name, $0.buffer) }
  }

  private func path(_ outer: String, _ inner: String) -> String {
    outer.isEmpty ? inner : "\(outer).\(inner)"
  }
}
