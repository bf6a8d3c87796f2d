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
      abstract: "Evaluate a model on labelled images, and find suspect images.",
      discussion: """
        Predicts the held-out images, given by the same options as for `latent images train`, and shows one of:

        \(ExaminationTable.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

        With --folds N all images are predicted out of fold: N models are trained like this model, each on all images but \
        one fold, which it predicts. No model then judges a label that it has learned from. The metrics over all \
        images go to standard error.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var model: ImageModelChoice

    @Option(
      help: ArgumentHelp(
        "The table: \(ExaminationTable.all.map(\.name).joined(separator: ", ")) (default: classes; for numbers and "
          + "points outputs).", valueName: "table"),
      transform: { try ExaminationTable(named: $0) })
    var show: ExaminationTable?

    @Option(
      help: "The maximum number of rows of losses, errors, confused, outliers and duplicates.")
    var count = 20

    @Flag(
      help: "Use all images, not only the held-out ones; the model has learned from some of them.")
    var all = false

    @Option(
      help: ArgumentHelp(
        "Train this many new models, and predict all images out of fold.", valueName: "N"))
    var folds: Int?

    @OptionGroup var foldOptions: ImageFoldOptions
    @OptionGroup var shownGroups: ShownGroupOptions
    @OptionGroup var augmented: AugmentedOptions
    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...100_000).contains(count) else {
        throw ValidationError("--count must be from 1 to 100000.")
      }
      if let folds {
        guard (2...100).contains(folds) else {
          throw ValidationError("--folds must be from 2 to 100.")
        }
        guard !all else {
          throw ValidationError("--folds uses all images anyway: leave --all out.")
        }
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
