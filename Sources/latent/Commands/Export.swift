import ArgumentParser

/// `latent export`
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes down what is held of a person, or what a model has learned.",
    subcommands: [Person.self, Model.self], defaultSubcommand: Person.self)
}
