import ArgumentParser
import Errors
import Foundation
import ImageData
import ImageModels
import ImageReports
import Images
import ModelRegistry
import TensorCore

extension ImagesCommand {
  /// `latent images report`
  struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a report about a model on labelled images, as one HTML file.",
      discussion: """
        Shows metrics, confusion or errors, thresholds, calibration, results, the images that the model is most wrong \
        about with where it looked, likely wrong labels, outliers and near-duplicates, and weak groups. It is about the \
        held-out images, given by the same options as for `latent images train`. With --folds N likely label errors are \
        found among all images, by N new models. The page needs no network, and has about two hundred small images \
        at most.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var model: ImageModelChoice

    @Option(help: ArgumentHelp("The page to write; - is standard output.", valueName: "file"))
    var out = "report.html"

    @Flag(
      help: "Use all images, not only the held-out ones; the model has learned from some of them.")
    var all = false

    @Option(
      help: ArgumentHelp(
        "Train this many new models to find label errors among all images.", valueName: "N"))
    var folds: Int?

    @OptionGroup var foldOptions: ImageFoldOptions
    @OptionGroup var augmented: AugmentedOptions
    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var shownGroups: ShownGroupOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if let folds, !(2...100).contains(folds) {
        throw ValidationError("--folds must be from 2 to 100.")
      }
    }

    func run() throws {
      let file = try OutputFile(out, endsWithSignals: true)
      let chosen = try model.openWithRecord()
      let model = chosen.model
      let trained = try folds.map { (count: $0, record: try chosen.recorded()) }
      try augmented.check(model)
      let set = try source.block().dataSet()
      let context = ComputeContext(threadCount: threads.count)
      let items = all ? Array(0..<set.count) : set.split.heldOut
      var skipped = broken.broken(of: items.count)
      var examined = try Examination(
        of: model, on: set, items: items, augmentedCount: augmented.count, on: context,
        failed: { try skipped.add($0, $1) })
      if let words = skipped.words { StandardError.write("warning: \(words)\n") }
      try shownGroups.apply(to: &examined, of: set)
      TrainedOnOthers.warn(chosen, set, all: all)
      let suspects =
        if let trained {
          ImageReportData.Suspects(
            try foldOptions.examination(
              like: model, trained.record, on: set, count: trained.count, skipping: broken,
              threadCount: threads.count),
            areOutOfFold: true)
        } else {
          ImageReportData.Suspects(examined, areOutOfFold: false)
        }
      let images = ExaminedImages(examined, of: model, on: set, count: 0, context: context)
      let data = ImageReportData(
        title: chosen.words, facts: facts(chosen, set, examined), examined: examined, of: model,
        on: set,
        suspects: suspects,
        neighbours: examined.items.count <= EmbeddingNeighbours.imageLimit
          ? try images.neighbours() : nil,
        advice: .ofCommands,
        threadCount: threads.count)
      try file.write(Array(ImageReportPage(data).html.utf8))
      try file.finish()
      StandardError.write(examined.words + "\n")
      if out != "-" { StandardError.write("wrote \(out)\n") }
    }

    private func facts(
      _ chosen: ChosenImageModel, _ set: ImageDataSet, _ examined: Examination
    ) -> [(name: String, value: String)] {
      let description = chosen.model.description
      let run = chosen.manifest?.run
      var facts: [(name: String, value: String)] = [
        ("result", examined.words), ("task", description.task.name),
        ("network", description.backbone.rawValue), ("sees", "\(description.input.size)"),
        ("images", all ? "all \(set.count)" : "\(examined.items.count) held out of \(set.count)"),
        ("split", set.split.words),
      ]
      if let run {
        facts.append(("trained", String(run.startedAt.prefix(16)).replacing("T", with: " ")))
      }
      if let epochs = run?.parameters["epochs"] { facts.append(("epochs", epochs)) }
      return facts
    }
  }
}
