import ArgumentParser

/// `latent images`: what is known of images before anything is learned of them.
struct ImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Checks and shows images and their labels.",
    discussion: """
      Begin with `latent images check FOLDER`: it finds what would stop a training, or flatter its figures.
      """,
    subcommands: [Check.self, Show.self, Summary.self])
}
