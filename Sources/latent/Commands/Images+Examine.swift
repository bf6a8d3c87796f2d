import ArgumentParser
import Errors
import ImageData
import ImageModels
import ImageTraining
import Images
import Learning
import ModelRegistry
import TensorCore

extension ImagesCommand {
  /// `latent images examine`
  struct Examine: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What a model is worth on labelled images, and which images are suspect.",
      discussion: """
        Predicts the images that are held out, by the same options as `latent images train` had them, and shows:

        \(ExaminationTable.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

        The figures of all images together go to standard error.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var model: ImageModelOptions

    @Option(
      help: ArgumentHelp(
        "The table: \(ExaminationTable.all.map(\.name).joined(separator: ", ")) (default: classes; of numbers and "
          + "points outputs).", valueName: "table"),
      transform: { try ExaminationTable(named: $0) })
    var show: ExaminationTable?

    @Option(help: "The most rows of losses, errors and confused.")
    var count = 20

    @Flag(help: "All images, and not the held-out ones alone: the model has learned from some.")
    var all = false

    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...100_000).contains(count) else {
        throw ValidationError("--count is from 1 to 100000.")
      }
    }

    func run() throws {
      let (model, manifest) = try model.openWithManifest()
      let set = try source.block()
        .dataSet()
      let items = all ? Array(0..<set.count) : set.split.heldOut
      var skipped = broken.broken(of: items.count)
      let examined = try Examination(
        of: model, on: set, items: items, threadCount: threads.count, count: count,
        failed: broken.skipBroken
          ? { (item, error) throws(TrainingError) in try skipped.add(item, error) } : nil)
      if let words = skipped.words { StandardError.write("warning: \(words)\n") }
      let table = show ?? .usual(for: examined)
      let rows = try table.make(examined)
      StandardError.write(examined.words + "\n")
      if !all, manifest.run.dataFingerprint != set.fingerprint {
        StandardError.write(
          "warning: version \(manifest.version) was trained on other images, labels or another split: if it has learned "
            + "from some of these, it is better on them than on others\n")
      }
      if all {
        StandardError.write(
          "warning: the model has learned from some of these images: it is better on them than on others\n"
        )
      }
      try rows.write(as: output.format)
    }
  }
}
