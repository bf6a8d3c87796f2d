import ArgumentParser

/// `latent export`
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Export all data about a user, or the contents of a model.",
    usage:
      "latent export --user <id>\nlatent export model --out <folder> [--format <format>]",
    discussion: """
      `latent export --user 17` writes all data about a user; see `latent export person --help`. \
      `latent export model --out FOLDER` writes vectors and biases for other programs.
      """,
    subcommands: [Person.self, Model.self], defaultSubcommand: Person.self)
}
