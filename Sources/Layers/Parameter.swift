package import TensorCore

/// A tensor that training changes: one object however many modules use it.
package final class Parameter {
  /// The numbers as they stand.
  package var value: Tensor
  /// Whether weight decay applies to it; normalisation and a layer's bias are exempt.
  package let isDecayed: Bool
  /// The derivative of the last loss by it; nil when the loss did not depend on it.
  package var gradient: Gradient?

  package init(_ value: Tensor, isDecayed: Bool = true) {
    self.value = value
    self.isDecayed = isDecayed
  }
}

/// Parameters that are trained alike: at one rate, or not at all.
package struct ParameterGroup {
  /// What it is called in messages, as `head`.
  package let name: String
  package let parameters: [Parameter]
  /// Whether training leaves it alone.
  package var isFrozen: Bool

  package init(_ name: String, _ parameters: [Parameter], isFrozen: Bool = false) {
    self.name = name
    self.parameters = parameters
    self.isFrozen = isFrozen
  }

  /// All parameters of `module` as one group.
  package init(_ name: String, of module: some Module) {
    self.init(name, module.namedParameters().map(\.parameter))
  }
}
