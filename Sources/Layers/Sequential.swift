package import TensorCore

/// Layers one behind the other, each taking what the one before put out.
package final class Sequential: Layer {
  private let layers: [(name: String, layer: any Layer)]

  /// The layers in order, named by their positions from 0, as PyTorch does.
  package init(_ layers: [any Layer]) {
    self.layers = layers.enumerated().map { ("\($0.offset)", $0.element) }
  }

  /// The layers in order, under the given names.
  package init(named layers: [(name: String, layer: any Layer)]) { self.layers = layers }

  package var children: [(name: String, module: any Module)] {
    layers.map { ($0.name, $0.layer) }
  }

  /// The last layer's output; the input when there are none.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    var value = input
    for (_, layer) in layers { value = try layer(value, in: pass) }
    return value
  }
}
