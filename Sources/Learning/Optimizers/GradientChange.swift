import Layers
import TensorCore

extension [Parameter] {
  /// Applies `function`, which must map 0 to 0, to every element of every gradient. Row gradients become dense.
  func changeGradients(_ function: (Float) -> Float) {
    for parameter in self {
      guard var tensor = parameter.gradient?.tensor else { continue }
      // Drops the other reference, so that the tensor is modified in place.
      parameter.gradient = nil
      tensor.withMutableElements {
        for position in $0.indices { $0[position] = function($0[position]) }
      }
      parameter.gradient = .dense(tensor)
    }
  }
}
