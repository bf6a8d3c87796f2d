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

  /// The last layer adds and activates.
  package func callAsFunction(
    _ input: Variable, adding addend: consuming Variable, relu: Bool, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    precondition(!layers.isEmpty, "nothing to add to")
    var value = input
    for (_, layer) in layers.dropLast() { value = try layer(value, in: pass) }
    return try layers[layers.count - 1].layer(value, adding: addend, relu: relu, in: pass)
  }
}

/// What a layer makes of its input, plus the input itself (He et al., "Deep residual learning", 2016):
/// the layer learns only what is to be added.
package final class Residual: Layer {
  private let body: any Layer
  /// What the input goes through on its own way; nil where it is added as it is.
  private let shortcut: (any Layer)?
  private let relu: Bool
  private let names: (body: String, shortcut: String)

  /// - Parameters:
  ///   - shortcut: Wanted where `body` changes the shape: it must change it alike.
  ///   - relu: Whether the output is max(sum, 0), in one pass over the memory.
  ///   - names: Of the two as children.
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

  /// The sum, of the shape that the layer puts out. Throws when the two ways' shapes differ.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    try body(input, adding: shortcut?(input, in: pass) ?? input, relu: relu, in: pass)
  }
}
