import ArgumentParser
import Errors
import ImageData
import ImageModels
import ImageReports
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

        With --folds N all images are predicted, by N models that are trained as the model was, each on all images but a \
        part, which it predicts: what is said of an image's label then, no model has learned from it. The figures of all \
        images together go to standard error.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var model: ImageModelChoice

    @Option(
      help: ArgumentHelp(
        "The table: \(ExaminationTable.all.map(\.name).joined(separator: ", ")) (default: classes; of numbers and "
          + "points outputs).", valueName: "table"),
      transform: { try ExaminationTable(named: $0) })
    var show: ExaminationTable?

    @Option(help: "The most rows of losses, errors, confused, outliers and duplicates.")
    var count = 20

    @Flag(help: "All images, and not the held-out ones alone: the model has learned from some.")
    var all = false

    @Option(
      help: ArgumentHelp("Train so many models anew, and look at all images.", valueName: "N"))
    var folds: Int?

    @OptionGroup var foldOptions: ImageFoldOptions
    @OptionGroup var shownGroups: ShownGroupOptions
    @OptionGroup var augmented: AugmentedOptions
    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...100_000).contains(count) else {
        throw ValidationError("--count is from 1 to 100000.")
      }
      if let folds {
        guard (2...100).contains(folds) else { throw ValidationError("--folds is from 2 to 100.") }
        guard !all else { throw ValidationError("--folds looks at all images: leave --all out.") }
        guard augmented.count == 0 else {
          throw ValidationError("--folds does not go with --tta: leave one out.")
        }
      }
    }

    func run() throws {
      let chosen = try model.openWithRecord()
      let model = chosen.model
      let trained = try folds.map { (count: $0, record: try chosen.recorded()) }
      try augmented.check(model)
      let set = try source.block().dataSet()
      let context = ComputeContext(threadCount: threads.count)
      var examined: Examination
      if let trained {
        examined = try foldOptions.examination(
          like: model, trained.record, on: set, count: trained.count, skipping: broken,
          threadCount: threads.count)
      } else {
        let items = all ? Array(0..<set.count) : set.split.heldOut
        var skipped = broken.broken(of: items.count)
        examined = try Examination(
          of: model, on: set, items: items, augmentedCount: augmented.count, on: context,
          failed: { try skipped.add($0, $1) })
        if let words = skipped.words { StandardError.write("warning: \(words)\n") }
      }
      try shownGroups.apply(to: &examined, of: set)
      let table = show ?? .usual(for: examined)
      let rows = try table.make(
        ExaminedImages(examined, of: model, on: set, count: count, context: context))
      StandardError.write(examined.words + "\n")
      if folds == nil { TrainedOnOthers.warn(chosen, set, all: all) }
      try rows.write(as: output.format)
    }
  }
}
