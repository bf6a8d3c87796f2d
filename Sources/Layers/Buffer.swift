package import TensorCore

/// A tensor that belongs to a module's state and that no gradient moves, as the running mean of a
/// batch norm: saved and loaded with the parameters, changed by the module itself.
package final class Buffer {
  /// The numbers as they stand.
  package var value: Tensor

  package init(_ value: Tensor) { self.value = value }
}
