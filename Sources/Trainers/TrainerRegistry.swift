/// The trainers there are: a new one is a file and a line here.
package enum TrainerRegistry {
  /// All of them, in the order of help and documentation.
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

  /// Those that every model is compared with, in the order in which they are shown.
  package static let baselines: [any Trainer.Type] = [Popularity.self, BiasOnly.self]

  /// The trainer that is called `name`, or was by an earlier version; nil when there is none.
  package static func trainer(named name: String) -> (any Trainer.Type)? {
    all.first { $0.name == name } ?? all.first { $0.aliases.contains(name) }
  }

  /// What a kind of model is called today; the name itself where no trainer is or was called so.
  package static func currentName(of kind: String) -> String { trainer(named: kind)?.name ?? kind }

  /// Whether the trainer is one of the ``baselines``.
  package static func isBaseline(_ trainer: any Trainer.Type) -> Bool {
    baselines.contains { $0 == trainer }
  }

  /// An option with the trainers that have it, in their order.
  package struct Option: Sendable {
    package let description: HyperparameterDescription
    package fileprivate(set) var trainers: [any Trainer.Type]

    /// Its defaults, in words: that of the first trainer, and those of others that differ; nil for none.
    package var usual: String? {
      let others = trainers.dropFirst().compactMap { trainer -> String? in
        let own = trainer.optionDescriptions.first { $0.name == description.name }?.usual
        return own == description.usual ? nil : "\(own ?? "none") of \(trainer.name)"
      }
      let first = others.isEmpty ? description.usual : description.usual ?? "none"
      return first.map { ([$0] + others).joined(separator: ", ") }
    }
  }

  /// The options of `trainers`, each once, in the order of the trainers. Options of one name mean
  /// the same, and may have other defaults.
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

  /// The names of the trainers that have all of `capabilities`, joined by commas.
  package static func names(with capabilities: TrainerCapabilities) -> String {
    all.filter { $0.capabilities.isSuperset(of: capabilities) }.map { $0.name }
      .joined(separator: ", ")
  }
}
