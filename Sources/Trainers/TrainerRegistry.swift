/// The available trainers. A new one needs a file and a line here.
package enum TrainerRegistry {
  /// All trainers, in the order of help and documentation.
  package static let all: [any Trainer.Type] = [
    DotBiasTrainer.self,
    ALSTrainer.self,
    BayesTrainer.self,
    ImplicitALSTrainer.self,
    ItemItemTrainer.self,
    GraphFilterTrainer.self,
    SVDTrainer.self,
    BlendTrainer.self,
    EmbeddingMLPTrainer.self,
    BiasOnly.self,
    Popularity.self,
  ]

  /// The baselines that every model is compared with, in display order.
  package static let baselines: [any Trainer.Type] = [Popularity.self, BiasOnly.self]

  /// Returns the trainer with the name `name`, current or from an earlier version; nil if there is none.
  package static func trainer(named name: String) -> (any Trainer.Type)? {
    all.first { $0.name == name } ?? all.first { $0.aliases.contains(name) }
  }

  /// Returns the current name of a model kind; the given one if no trainer has or had it.
  package static func currentName(of kind: String) -> String { trainer(named: kind)?.name ?? kind }

  /// Whether the trainer is one of the ``baselines``.
  package static func isBaseline(_ trainer: any Trainer.Type) -> Bool {
    baselines.contains { $0 == trainer }
  }

  /// An option with the trainers that have it, in order.
  package struct Option: Sendable {
    package let description: HyperparameterDescription
    package fileprivate(set) var trainers: [any Trainer.Type]

    /// The defaults in words: that of the first trainer, and those of others that differ, as in
    /// "0.1, but auto for implicit-als, item-item"; nil if there is none.
    package var usual: String? {
      var others: [(usual: String, names: [String])] = []
      for trainer in trainers.dropFirst() {
        let own = trainer.optionDescriptions.first { $0.name == description.name }?.usual
        guard own != description.usual else { continue }
        if let known = others.firstIndex(where: { $0.usual == own ?? "none" }) {
          others[known].names.append(trainer.name)
        } else {
          others.append((own ?? "none", [trainer.name]))
        }
      }
      guard !others.isEmpty else { return description.usual }
      let words = others.map { "\($0.usual) for \($0.names.joined(separator: ", "))" }
      return "\(description.usual ?? "none"), but \(words.joined(separator: " and "))"
    }
  }

  /// Returns the distinct options of `trainers`, in the order of the trainers. Options with the same name have the same
  /// meaning, but may have different defaults.
  package static func options(of trainers: [any Trainer.Type] = all) -> [Option] {
    var options: [Option] = []
    for trainer in trainers {
      for description in trainer.optionDescriptions {
        if let known = options.firstIndex(where: { $0.description.name == description.name }) {
          options[known].trainers.append(trainer)
        } else {
          options.append(Option(description: description, trainers: [trainer]))
        }
      }
    }
    return options
  }

  /// Returns the names of the trainers that have all of `capabilities`, separated by commas.
  package static func names(with capabilities: TrainerCapabilities) -> String {
    all.filter { $0.capabilities.isSuperset(of: capabilities) }.map { $0.name }
      .joined(separator: ", ")
  }
}
