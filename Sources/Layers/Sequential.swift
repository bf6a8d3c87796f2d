package import TensorCore

/// Layers in sequence, each taking the output of the one before.
package final class Sequential: Layer {
  private let layers: [(name: String, layer: any Layer)]

  /// Creates a sequence whose layers are named by their positions from 0, as in PyTorch.
  package init(_ layers: [any Layer]) {
    self.layers = layers.enumerated().map { ("\($0.offset)", $0.element) }
  }

  /// Creates a sequence of named layers.
  package init(named layers: [(name: String, layer: any Layer)]) { self.layers = layers }

  package var children: [(name: String, module: any Module)] {
    layers.map { ($0.name, $0.layer) }
  }

  /// Returns the last layer's output, or the input if there are no layers.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    var value = input
    for (_, layer) in layers { value = try layer(value, in: pass) }
    return value
  }

  /// Applies the layers in order. The last one adds `addend` and activates.
  package func callAsFunction(
    _ input: Variable, adding addend: consuming Variable, relu: Bool, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    precondition(!layers.isEmpty, "nothing to add to")
    var value = input
    for (_, layer) in layers.dropLast() { value = try layer(value, in: pass) }
    return try layers[layers.count - 1].layer(value, adding: addend, relu: relu, in: pass)
  }
}

/// A residual block: a layer's output plus its input (He et al., "Deep residual learning", 2016). The layer learns only
/// the difference.
package final class Residual: Layer {
  private let body: any Layer
  /// The layer on the shortcut path, or nil for the identity.
  private let shortcut: (any Layer)?
  private let relu: Bool
  private let names: (body: String, shortcut: String)

  /// - Parameters:
  ///   - shortcut: Required if `body` changes the shape: it must change it in the same way.
  ///   - relu: Whether to apply max(x, 0) to the sum, in one pass over memory.
  ///   - names: The names of the two children.
  package init(
    _ body: any Layer, shortcut: (any Layer)? = nil, relu: Bool = true,
    names: (body: String, shortcut: String) = ("body", "shortcut")
  ) {
    self.body = body
    self.shortcut = shortcut
    self.relu = relu
    self.names = names
  }

  package var children: [(name: String, module: any Module)] {
    [(names.body, body)] + (shortcut.map { [(names.shortcut, $0)] } ?? [])
  }

  /// Returns the sum, in the shape of the body's output. Throws if the shapes of the two paths differ.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try body(input, adding: shortcut?(input, in: pass) ?? input, relu: relu, in: pass)
  }
}
