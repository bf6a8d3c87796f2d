package import TensorCore

/// A tensor of a module's state, which files keep under its name.
package protocol StateTensor: AnyObject {
  /// The numbers as they stand.
  var value: Tensor { get set }
}

/// A tensor that training changes: one object however many modules use it.
package final class Parameter: StateTensor {
  /// The numbers as they stand.
  package var value: Tensor
  /// Whether weight decay applies to it; normalisation and a layer's bias are exempt.
  package let isDecayed: Bool
  /// Whether it goes on learning while its group is frozen, as a normalisation layer's does.
  package let trainsWhenFrozen: Bool
  /// Whether training leaves it alone: no gradient is computed for it then.
  package var isFrozen = false
  /// The derivative of the last loss by it; nil when the loss did not depend on it.
  package var gradient: Gradient?

  package init(_ value: Tensor, isDecayed: Bool = true, trainsWhenFrozen: Bool = false) {
    self.value = value
    self.isDecayed = isDecayed
    self.trainsWhenFrozen = trainsWhenFrozen
  }
}

/// A tensor that belongs to a module's state and that no gradient moves, as the running mean of a
/// batch norm: saved and loaded with the parameters, changed by the module itself.
package final class Buffer: StateTensor {
  /// The numbers as they stand.
  package var value: Tensor

  package init(_ value: Tensor) { self.value = value }
}

/// Parameters that are trained alike: at one rate, or not at all.
package struct ParameterGroup {
  /// What it is called in messages, as `head`.
  package let name: String
  package let parameters: [Parameter]

  package init(_ name: String, _ parameters: [Parameter]) {
    self.name = name
    self.parameters = parameters
  }

  /// All parameters of `module` as one group.
  package init(_ name: String, of module: some Module) {
    self.init(name, module.namedParameters().map(\.parameter))
  }

  /// Leaves the parameters alone from now on, but for those that train when frozen, or trains them
  /// all again.
  package func setFrozen(_ isFrozen: Bool) {
    for parameter in parameters {
      parameter.isFrozen = isFrozen && !parameter.trainsWhenFrozen
    }
  }
}
