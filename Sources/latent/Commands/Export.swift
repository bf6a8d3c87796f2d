import ArgumentParser

/// `latent export`
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes down what is held of a person, or what a model has learned.",
    usage:
      "latent export --user <id>\n       latent export model --out <folder> [--format <format>]",
    discussion: """
      `latent export --user 17` writes all that is held of a person; `latent export person --help` tells more. \
      `latent export model --out FOLDER` writes vectors and biases for other programs.
      """,
    subcommands: [Person.self, Model.self], defaultSubcommand: Person.self)
}
