package import TensorCore

/// The ranges of the inputs and outputs of a network's convolutions.
package final class ActivationRanges {
  private var ranges: [ObjectIdentifier: ActivationRange]

  /// Creates an empty collection.
  package init() { ranges = [:] }

  /// Creates ranges from the names that ``byName(in:)`` gives them in `network`. Returns nil unless they match its
  /// convolutions one to one.
  package init?(_ named: [String: ActivationRange], of network: some Module) {
    let modules = network.foldableByName
    guard Set(modules.map(\.name)) == Set(named.keys) else { return nil }
    ranges = Dictionary(
      uniqueKeysWithValues: modules.compactMap { module in
        named[module.name].map { (ObjectIdentifier(module.module), $0) }
      })
  }

  /// Widens the range of `module` to include the values of `input` and `output`.
  func observe(_ module: some Module, input: Tensor, output: Tensor) throws(TensorError) {
    try ranges[ObjectIdentifier(module), default: ActivationRange()].widen(
      input: input, output: output)
  }

  /// The range of `module`, or nil if nothing has passed through it.
  subscript(module: some Module) -> ActivationRange? { ranges[ObjectIdentifier(module)] }

  /// Returns the ranges of the modules of `network`, keyed by the full names of their filters, such as
  /// `layer1.0.conv1.weight`.
  package func byName(in network: some Module) -> [String: ActivationRange] {
    Dictionary(
      uniqueKeysWithValues: network.foldableByName.compactMap { module in
        ranges[ObjectIdentifier(module.module)].map { (module.name, $0) }
      })
  }
}

extension Module {
  /// The foldable modules within this one, with the full names of their first parameters.
  fileprivate var foldableByName: [(name: String, module: any Module)] {
    let names = Dictionary(
      uniqueKeysWithValues: namedParameters().map { (ObjectIdentifier($0.parameter), $0.name) })
    return all().compactMap { module in
      guard module is any FoldableModule, let first = module.namedParameters().first,
        let name = names[ObjectIdentifier(first.parameter)]
      else { return nil }
      return (name, module)
    }
  }
}
