package import TensorCore

/// What a layer makes of its input, plus the input itself (He et al., "Deep residual learning", 2016):
/// the layer learns only what is to be added.
package final class Residual: Layer {
  private let body: any Layer
  /// What the input goes through on its own way; nil where it is added as it is.
  private let shortcut: (any Layer)?
  private let relu: Bool

  /// - Parameters:
  ///   - shortcut: Wanted where `body` changes the shape: it must change it alike.
  ///   - relu: Whether the output is max(sum, 0), in one pass over the memory.
  package init(_ body: any Layer, shortcut: (any Layer)? = nil, relu: Bool = true) {
    self.body = body
    self.shortcut = shortcut
    self.relu = relu
  }

  package var children: [(name: String, module: any Module)] {
    [("body", body)] + (shortcut.map { [("shortcut", $0)] } ?? [])
  }

  /// The sum, of the shape that the layer puts out. Throws when the two ways' shapes differ.
  package func callAsFunction(
    _ input: Variable, in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let added = try body(input, in: pass)
    let kept = try shortcut?(input, in: pass) ?? input
    return try relu ? pass.tape.addReLU(added, kept) : pass.tape.add(added, kept)
  }
}
