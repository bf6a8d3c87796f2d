import Layers
import TensorCore

extension [Parameter] {
  /// Puts each number of each gradient through `function`, which leaves 0 as it is. A gradient of some rows becomes
  /// one of all.
  func changeGradients(_ function: (Float) -> Float) {
    for parameter in self {
      guard var tensor = parameter.gradient?.tensor else { continue }
      // One owner, so that the tensor is changed in place.
      parameter.gradient = nil
      tensor.withMutableElements {
        for position in $0.indices { $0[position] = function($0[position]) }
      }
      parameter.gradient = .dense(tensor)
    }
  }
}
