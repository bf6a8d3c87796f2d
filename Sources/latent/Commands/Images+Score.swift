import ArgumentParser
import Errors
import Foundation
import ImageData
import ImageModels
import Images
import Learning
import ModelRegistry
import RatingsFiles
import TensorCore

extension ImagesCommand {
  /// `latent images score`
  struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answers for many images at once, as a version that is looked up by id.",
      discussion: """
        What the model answers for each image is written as a version of a name of its own, and with --publish put in \
        service: `latent serve --name images --name images-scores` answers `CLASSIFY images-scores ITEM id` by a look-up. \
        An image's id is its path in the folder, or what stands in a column of --items.

        An image that can't be read ends the command, unless --skip-broken: then it is named and left out.
        """)

    @Argument(help: "The folder of the images.")
    var folder: String

    @Option(
      help: ArgumentHelp(
        "A table with a row for each image: CSV, TSV or JSON (default: all images beneath the folder).",
        valueName: "file"))
    var items: String?

    @Option(help: ArgumentHelp("Its column of ids.", valueName: "name"))
    var idColumn = "item"

    @Option(help: ArgumentHelp("Its column of paths, relative to the folder.", valueName: "name"))
    var imageColumn = "image"

    @OptionGroup var model: ImageModelOptions

    @Option(
      help: ArgumentHelp(
        "The name that the answers are written under (default: that of the model and -scores).",
        valueName: "name"), transform: { try ModelName($0) })
    var results: ModelName?

    @Flag(help: "Put the answers in service.")
    var publish = false

    @Flag(help: "Go on where an image can't be read.")
    var skipBroken = false

    @Option(help: "Images that are predicted at a time.")
    var batchSize = 16

    @OptionGroup var limits: ImageLimitOptions
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      guard (1...4096).contains(batchSize) else {
        throw ValidationError("--batch-size is from 1 to 4096.")
      }
    }

    func run() throws {
      let interruption = Interruption()
      defer { withExtendedLifetime(interruption) {} }
      let startedAt = Date.now.formatted(.iso8601)
      let start = ContinuousClock.now
      let (model, manifest) = try model.openWithManifest()
      let name = try results ?? ModelName("\(self.model.name)-scores")
      guard name != self.model.name else {
        throw CommandFailure(
          "\(name) is the model itself", remedy: "Name the answers otherwise with --results.")
      }
      let images = try images()
      let publisher = try Publisher(
        of: name, in: self.model.place.registry,
        command: ProgramArguments.commandLine(ProgramArguments.words ?? []))
      try publisher.versions.checkTakes([.imageScores])
      var scores = ImageScoresContents(
        model.description.task, scoredBy: "\(self.model.name) version \(manifest.version)")
      let context = ComputeContext(threadCount: threads.count)
      for from in stride(from: 0, to: images.count, by: batchSize) {
        guard !interruption.flag.isCancelled else {
          throw CommandFailure("interrupted: nothing is written", remedy: "Run it again.")
        }
        let batch = Array(images[from..<min(from + batchSize, images.count)])
        try score(batch, by: model, context, into: &scores)
      }
      guard scores.count > 0 else {
        throw CommandFailure("there is no image to score", remedy: "Name a folder with images.")
      }
      let staged = try publisher.stage(scores)
      let run = TrainingRun(
        modelName: name.text, kind: ImageScores.formName, outcome: publish ? .published : .written,
        startedAt: startedAt, totalSeconds: (ContinuousClock.now - start) / .seconds(1),
        counts: ["images_read": scores.count], parameters: ["model": self.model.name.text],
        threadCount: threads.count, latentVersion: latentVersion)
      let version = try staged.commit(run).version
      if publish { try publisher.promote(version) }
      let promotion = publisher.versions.command("models promote \(version)")
      StandardError.note(
        "scored \(scores.count) of \(images.count) images: wrote version \(version) of \(name)"
          + (publish ? " and put it in service" : ". To put it in service: \(promotion)"))
    }

    /// The ids of the images, which differ, and their paths.
    private func images() throws -> [(id: String, path: String)] {
      guard let items else {
        return try FolderWalk(folder).files.filter { ImageFormat.named($0) != nil }
          .map { ($0, "\(folder)/\($0)") }
      }
      do {
        return try images(in: TextTable(path: items))
      } catch let error as RatingsFileError {
        throw CommandFailure("\(error.place): \(error.problem)", remedy: error.remedy)
      }
    }

    private func images(in table: TextTable) throws -> [(id: String, path: String)] {
      func column(_ name: String) throws -> Int {
        if let column = table.header.firstIndex(of: name) { return column }
        throw CommandFailure(
          "\(table.name) has no column '\(Excerpt.of(name))'",
          remedy: "It has \(table.header.joined(separator: ", ")): say which with --id-column "
            + "and --image-column.")
      }
      let (idColumn, imageColumn) = (try column(idColumn), try column(imageColumn))
      // Ids go by their bytes, not as texts are compared.
      var seen: Set<[UInt8]> = []
      return try (0..<table.rowCount).map { row in
        let (id, path) = (table[row, idColumn], table[row, imageColumn])
        let line = "\(table.name), line \(table.lines[row])"
        guard (1...ImageScores.identifierLimit).contains(id.utf8.count) else {
          throw CommandFailure(
            "\(line): the id '\(Excerpt.of(id))' has \(id.utf8.count) bytes",
            remedy: "Give each image an id of 1 to \(ImageScores.identifierLimit) bytes.")
        }
        guard seen.insert(Array(id.utf8)).inserted else {
          throw CommandFailure(
            "\(line): the id '\(Excerpt.of(id))' stands twice",
            remedy: "Give each image an id of its own.")
        }
        return (id, path.hasPrefix("/") ? path : "\(folder)/\(path)")
      }
    }

    private func score(
      _ batch: [(id: String, path: String)], by model: ImageModel, _ context: ComputeContext,
      into scores: inout ImageScoresContents
    ) throws {
      let answered = try AnsweredImage.answers(
        of: model, forFilesAt: batch.map(\.path), limits.decoder, skipsBroken: skipBroken,
        on: context)
      for (image, answered) in zip(batch, answered) {
        switch answered {
        case .success(let one): scores.append(one.answer, for: image.id)
        case .failure(let error):
          StandardError.note("left out \(error.place): \(error.problem)")
        }
      }
    }
  }
}
