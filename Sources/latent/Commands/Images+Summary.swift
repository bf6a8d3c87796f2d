import ArgumentParser
import ImageData
import Images

extension ImagesCommand {
  /// `latent images summary`
  struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes one batch through every step and tells the shapes and ranges.",
      discussion: """
        Each line is a step: images found, labels, split, and a batch of those that are trained on, decoded, framed \
        and augmented as in training, with the options of `latent images train`. Shapes are images first; decoded, then height, width and channels, a range \
        of sizes as 96...128; transformed, then channels, height and width.
        """)

    @OptionGroup var data: ImageDataOptions
    @Option(help: ArgumentHelp("Images of the batch.", valueName: "count"))
    var batchSize = 64
    @OptionGroup var input: ImageInputOptions
    @Option(help: "Decides which images, and what is drawn.")
    var seed: UInt64 = 0
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...4096).contains(batchSize) else {
        throw ValidationError("--batch-size must be from 1 to 4096.")
      }
    }

    func run() throws {
      let set = try data.block().dataSet()
      // The first image tells, as in training.
      let transform = try input.transform(
        channels: input.channelCount(of: set.decode(0, with: set.decoder).image))
      let summary = try BatchSummary(
        set, batchSize: batchSize, seed: seed, transform, channels: input.channels?.kept)
      if transform.augmentation.lighting > 0, summary.framed?.isWithinUnit == false {
        StandardError.note(
          "samples leave 0 to 1: a training takes them with --lighting 0 alone")
      }
      var table = ResultTable([
        "step", .init("shape", fit: .wrapped), "least", "most", "mean",
        .init("detail", fit: .wrapped),
      ])
      for step in summary.steps {
        table.append([
          .text(step.name), .text(step.shape), .optional(step.range?.least, decimals: 3),
          .optional(step.range?.most, decimals: 3), .optional(step.range?.mean, decimals: 3),
          .text(step.detail),
        ])
      }
      try table.write(as: output.format)
    }
  }
}
