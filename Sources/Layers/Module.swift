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
  var children: [(name: String, module: any Module)] { get }
}

extension Module {
  package var ownParameters: [(name: String, parameter: Parameter)] { [] }
  package var ownBuffers: [(name: String, buffer: Buffer)] { [] }
  package var children: [(name: String, module: any Module)] { [] }

  /// All parameters with their full names: a module's own, then those of its children, in order.
  package func namedParameters() -> [(name: String, parameter: Parameter)] {
    ownParameters
      + children.flatMap { child in
        child.module.namedParameters().map { ("\(child.name).\($0.name)", $0.parameter) }
      }
  }

  /// All buffers with their full names, in the order of ``namedParameters()``.
  package func namedBuffers() -> [(name: String, buffer: Buffer)] {
    ownBuffers
      + children.flatMap { child in
        child.module.namedBuffers().map { ("\(child.name).\($0.name)", $0.buffer) }
      }
  }
}
