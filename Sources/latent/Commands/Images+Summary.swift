import ArgumentParser
import ImageData
import ImageModels
import Images
import ModelRegistry

extension ImagesCommand {
  /// `latent images summary`
  struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take one batch through every step, and show shapes and ranges.",
      discussion: """
        Each line is a step: the images found, labels, split, and a batch of training images, decoded, framed \
        and augmented as in training, with the options of `latent images train`. Shapes begin with the number of images. \
        Decoded, they continue with height, width and channels, a range of sizes as 96...128; transformed, with channels, \
        height and width. With --weights images are resized and normalised as in a training from that file.
        """)

    @OptionGroup var data: ImageDataOptions
    @Option(help: ArgumentHelp("The number of images in the batch.", valueName: "count"))
    var batchSize = 64
    @OptionGroup var input: ImageInputOptions
    @Option(
      help: ArgumentHelp(
        "The safetensors file that a training would start from: images are transformed as it expects.",
        valueName: "file"))
    var weights: String?
    @Option(help: "The seed for the choice of images and for augmentation.")
    var seed: UInt64 = 0
    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...4096).contains(batchSize) else {
        throw ValidationError("--batch-size must be from 1 to 4096.")
      }
    }

    func run() throws {
      let pretrained = try weights.map { try PretrainedInput(of: SafetensorsFile($0)) }
      let set = try data.block().dataSet()
      if let words = data.partsWarning(set) { StandardError.write("warning: \(words)\n") }
      if set.targets == .none {
        let (problem, remedy) = ImageDataOptions.noLabels
        StandardError.note("\(problem). \(remedy)")
      }
      // As in training, the first image decides.
      let channels = try input.channelCount(of: firstImage(of: set))
      let transform = try input.transform(channels: channels, from: pretrained)
      if let words = input.words(takenFrom: pretrained, channels: channels) {
        StandardError.note(words)
      }
      var skipped = broken.broken(of: min(batchSize, set.split.training.count))
      let summary = try BatchSummary(
        set, batchSize: batchSize, seed: seed, transform, channels: input.channels?.kept,
        expected: pretrained?.normalization(channels: channels),
        failed: { try skipped.add($0, $1) })
      if let words = skipped.words { StandardError.write("warning: \(words)\n") }
      if transform.augmentation.lighting > 0, summary.framed?.isWithinUnit == false {
        StandardError.note(
          "samples are outside of 0 to 1: training takes them only with --lighting 0")
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

    /// Returns the first image that can be read, or the very first one if none may be left out.
    private func firstImage(of set: ImageDataSet) throws -> Image {
      var item = 0
      while true {
        do throws(ImageError) { return try set.decode(item).image } catch {
          item += 1
          guard broken.skipBroken, item < set.count else { throw error }
        }
      }
    }
  }
}
