import ArgumentParser

/// `latent images`: models of images, and what is known of images before anything is learned of them.
struct ImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Checks images and their labels, and learns what they show.",
    discussion: """
      Begin with `latent images check FOLDER`: it finds what would stop a training, or flatter its figures. Then \
      `latent images train FOLDER --publish`, with a folder of images for each class.
      """,
    subcommands: [
      Check.self, Show.self, Summary.self, Train.self, FindRate.self, Examine.self, Report.self,
      Relabel.self, Predict.self, Score.self, Embed.self, Quantize.self, Export.self,
    ])
}
