import ArgumentParser

/// `latent images`: checks of images and labels, and image models.
struct ImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Check images and their labels, and train and use image models.",
    discussion: """
      Begin with `latent images check FOLDER`: it finds problems that would stop a training, or flatter its metrics. Then \
      run `latent images train FOLDER --publish`, with a folder of images for each class.
      """,
    subcommands: [
      Check.self, Show.self, Summary.self, Train.self, FindRate.self, Examine.self, Report.self,
      Relabel.self, Predict.self, Score.self, Embed.self, Quantize.self, Export.self,
    ])
}
