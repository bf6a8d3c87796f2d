package import TensorCore

/// A tensor of a module's state, stored in files under its name.
package protocol StateTensor: AnyObject {
  /// The current values.
  var value: Tensor { get set }
}

/// A trainable tensor: a single object, however many modules share it.
package final class Parameter: StateTensor {
  /// The current values.
  package var value: Tensor
  /// Whether weight decay applies; normalisation parameters and biases are exempt.
  package let isDecayed: Bool
  /// Whether it keeps training while its group is frozen, as in a normalisation layer.
  package let trainsWhenFrozen: Bool
  /// Whether it is excluded from training; no gradient is computed then.
  package var isFrozen = false
  /// The gradient of the last loss; nil if the loss did not depend on this parameter.
  package var gradient: Gradient?

  package init(_ value: Tensor, isDecayed: Bool = true, trainsWhenFrozen: Bool = false) {
    self.value = value
    self.isDecayed = isDecayed
    self.trainsWhenFrozen = trainsWhenFrozen
  }
}

/// A tensor of a module's state that is not trained by gradients, such as the running mean of a batch norm. It is saved
/// and loaded with the parameters and updated by the module itself.
package final class Buffer: StateTensor {
  /// The current values.
  package var value: Tensor

  package init(_ value: Tensor) { self.value = value }
}

/// Parameters that share a learning rate and are frozen together.
package struct ParameterGroup {
  /// The name used in messages, such as `head`.
  package let name: String
  package let parameters: [Parameter]

  package init(_ name: String, _ parameters: [Parameter]) {
    self.name = name
    self.parameters = parameters
  }

  /// Creates a group of all parameters of `module`.
  package init(_ name: String, of module: some Module) {
    self.init(name, module.namedParameters().map(\.parameter))
  }

  /// Freezes the parameters, except those that train when frozen, or unfreezes them all.
  package func setFrozen(_ isFrozen: Bool) {
    for parameter in parameters {
      parameter.isFrozen = isFrozen && !parameter.trainsWhenFrozen
    }
  }
}
