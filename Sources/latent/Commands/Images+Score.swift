import ArgumentParser
import Evaluation
import Foundation
import ImageModels
import ModelRegistry
import TensorCore

extension ImagesCommand {
  /// `latent images score`
  struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Precompute the predictions for many images, as a version for look-ups by id.",
      discussion: """
        The predictions are written as a version under their own name, and with --publish put in \
        service: `latent serve --name images --name images-scores` answers `CLASSIFY images-scores ITEM id` by a look-up. \
        An image's id is its path in the folder, or the value in a column of --items.

        An image that can't be read is an error. With --skip-broken it is left out and listed; if more than \
        a tenth of the images are broken (--broken-limit), the command still fails.
        """)

    @OptionGroup var list: ImageListOptions
    @OptionGroup var model: ImageModelChoice

    @Option(
      help: ArgumentHelp(
        "The name for the predictions (default: the model's name and -scores; required with --model-file).",
        valueName: "name"), transform: { try ModelName($0) })
    var results: ModelName?

    @Flag(help: "Put the predictions in service.")
    var publish = false

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard model.modelFile == nil || results != nil else {
        throw ValidationError("--model-file needs --results: the name for the predictions.")
      }
    }

    func run() throws {
      let startedAt = Date.now.formatted(.iso8601)
      let start = ContinuousClock.now
      let chosen = try model.openWithRecord()
      let model = chosen.model
      let published = self.model.published
      let name = try results ?? ModelName("\(published.name)-scores")
      guard self.model.modelFile != nil || name != published.name else {
        throw CommandFailure(
          "\(name) is the model itself", remedy: "Choose another name with --results.")
      }
      let images = try list.images(.paths, idLimit: ImageScores.identifierLimit)
      let publisher = try Publisher(
        of: name, in: published.place.registry,
        command: ProgramArguments.commandLine(ProgramArguments.words ?? []))
      try publisher.versions.checkTakes([.imageScores])
      var scores = ImageScoresContents(
        model.description.task, scoredBy: chosen.words)
      let context = ComputeContext(threadCount: threads.count)
      try list.forEachBatch(
        of: images, for: model, on: context, written: "nothing is written"
      ) { ids, inputs in
        for (id, answer) in zip(ids, try model.answers(for: inputs, on: context)) {
          scores.append(answer, for: id)
        }
      }
      guard scores.count > 0 else {
        throw CommandFailure("there is no image to score", remedy: "Name a folder with images.")
      }
      let staged = try publisher.stage(scores)
      // The record is written before the version can go into service, with the options that were given.
      var run = TrainingRun(
        modelName: name.text, kind: ImageScores.formName, outcome: .written,
        startedAt: startedAt, totalSeconds: (ContinuousClock.now - start) / .seconds(1),
        counts: ["images_read": scores.count],
        parameters: self.model.modelFile.map { ["model-file": $0] } ?? [
          "model": published.name.text
        ],
        threadCount: threads.count, latentVersion: latentVersion)
      if publish { run.publishing = PublishingPolicy().record }
      let version = try staged.commit(run).version
      if publish { try publisher.promote(version) }
      let promotion = publisher.versions.command("models promote \(version)")
      StandardError.note(
        "scored \(scores.count) of \(images.count) images: wrote version \(version) of \(name)"
          + (publish ? " and put it in service" : ". To put it in service: \(promotion)"))
    }
  }
}
