import ArgumentParser
import Errors
import Evaluation
import Foundation
import ImageData
import ImageModels
import ImageTraining
import Images
import Jobs
import ModelRegistry
import TensorCore

extension ImagesCommand {
  /// `latent images quantize`
  struct Quantize: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Quantize a model to 8-bit integers, for faster prediction.",
      discussion: """
        Takes the version in service, or --version, and the images and labels that it was trained on, given by the same \
        options. Some of the training images are used to calibrate the ranges of the network's values; the held-out \
        images are used to compare the new version with the old one. If its main metric (accuracy of classes, \
        cross-entropy of labels, RMSE of numbers) loses more than --max-loss, the version is written but not put in \
        service (exit code 3). With --publish the same holds if fewer than \(PublishingPolicy.leastUsers) images are held \
        out.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var model: ImageModelOptions

    @Option(help: "The number of training images for the calibration of ranges.")
    var calibrationImages = 256

    @Option(
      help: ArgumentHelp(
        "The maximum loss of the metric, as a share of it.", valueName: "share"))
    var maxLoss = 0.01

    @Flag(help: "Put the version in service.")
    var publish = false

    @Flag(help: "With --publish: even if too few images are held out to evaluate it.")
    var force = false

    @OptionGroup var broken: BrokenImageOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...100_000).contains(calibrationImages) else {
        throw ValidationError("--calibration-images must be from 1 to 100000.")
      }
      guard (0...1).contains(maxLoss) else {
        throw ValidationError("--max-loss must be from 0 to 1.")
      }
      if force && !publish { throw ValidationError("--force goes with --publish.") }
    }

    func run() throws {
      let (opened, manifest) = try model.openWithManifest()
      let set = try source.block().dataSet()
      let task = try ImageTask(opened.description.task.kind, for: set.targets)
      let skipped = try skipped(of: set, for: opened)
      let data = TrainingImages(
        set, as: task,
        read: DecodedEachTime(set, minimumSide: nil, channels: nil),
        leavingOut: skipped)
      TrainedOnOthers.warn(ChosenImageModel(model: opened, manifest: manifest), set, all: false)
      var job = ImageQuantizationJob(
        registry: try model.place.existingRegistry(), name: model.name, version: manifest.version,
        command: ProgramArguments.commandLine(ProgramArguments.words ?? []),
        latentVersion: latentVersion)
      job.imageCount = calibrationImages
      job.mostLoss = maxLoss
      job.publishes = publish
      job.isForced = force
      job.skippedCount = skipped.count
      job.threadCount = threads.count
      let outcome = try job.run(data, JudgedImages(of: set), fingerprint: set.fingerprint)
      var table = ResultTable(["type"] + task.judgedBy.map { .init($0.name) } + ["version"])
      for (report, version) in zip(outcome.reports, [manifest.version, outcome.version]) {
        table.append(
          [.text(report.name)] + task.judgedBy.map { .optional(report[$0], decimals: 4) }
            + [.integer(version)])
      }
      if outcome.run.outcome == .published {
        for reason in outcome.run.overruled ?? [] {
          let words = TrainingDisplay.words(for: .overruled(.fewUsers(reason)))
          StandardError.write("warning: \(words)\n")
        }
      }
      try outcome.run.conclude(
        outcome.version, of: model.place.registry.versions(of: model.name), table,
        as: output.format
      ) { StandardError.write($0 + "\n") }
    }

    /// Returns the indices of the images that can't be read, if such images are to be left out. Decodes all images.
    private func skipped(of set: ImageDataSet, for model: ImageModel) throws -> Set<Int> {
      guard broken.skipBroken else { return [] }
      let context = ComputeContext(threadCount: threads.count)
      var found = broken.broken(of: set.count)
      for start in stride(from: 0, to: set.count, by: 64) {
        let items = Array(start..<min(start + 64, set.count))
        let inputs = model.inputs(named: items.map { set.names[$0] }, on: context) {
          (position, side) throws(ImageError) in
          try set.decode(items[position], minimumSide: side)
        }
        for (item, input) in zip(items, inputs) {
          if case .failure(let error) = input { try found.add(item, error) }
        }
      }
      if let words = found.words { StandardError.write("warning: \(words)\n") }
      return Set(found.found.map(\.item))
    }
  }
}
