import ArgumentParser
import Errors
import Foundation
import ImageData
import ImageModels
import ImageReports
import ImageTraining
import Images
import Learning
import ModelRegistry
import TensorCore

/// Options for training the models of cross-validation, each of which predicts images that it has not learned from.
struct ImageFoldOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The epochs of each fold's training (default: as for the model).", valueName: "epochs"))
  var foldEpochs: Int?

  @Option(
    help: ArgumentHelp(
      "The input size of each fold's model, in pixels (default: the model's): smaller is faster.",
      valueName: "size"),
    transform: { try ImageSize(reading: $0) })
  var foldSize: ImageSize?

  @Option(help: "The seed for the folds and for the initial parameters of their trainings.")
  var foldSeed: UInt64 = 0

  func validate() throws {
    if let foldEpochs, !(1...100_000).contains(foldEpochs) {
      throw ValidationError("--fold-epochs must be from 1 to 100000.")
    }
  }

  /// Returns out-of-fold predictions for all images of `set` by `count` models. Each model is trained like `model` on
  /// all images but one fold, which it predicts. Images that can't be read are treated according to `skipping`, and a
  /// warning lists them.
  func examination(
    like model: ImageModel, _ manifest: Manifest, on set: ImageDataSet, count: Int,
    skipping: BrokenImageOptions, threadCount: Int
  ) throws -> Examination {
    var options = try Self.options(
      like: model.description, manifest.run.parameters, threadCount: threadCount)
    options.epochCount = foldEpochs ?? options.epochCount
    options.seed = foldSeed
    if let foldSize {
      let scale = Double(foldSize.width) / Double(options.transform.size.width)
      let presize = options.transform.presize
      options.transform.presize = ImageSize(
        width: Int((Double(presize.width) * scale).rounded()),
        height: Int((Double(presize.height) * scale).rounded()))
      options.transform.size = foldSize
    }
    let range: ImageTask.Range? =
      if case .regress(_, let range) = model.description.task { range } else { nil }
    let task = try ImageTask(model.description.task.kind, for: set.targets, range: range)
    let decoded = DecodedEachTime(
      set,
      minimumSide: options.transform.framing.shortestSide(
        for: options.transform.presize, isTraining: true),
      channels: model.description.keptChannels
    ).checked(channels: options.transform.channels, names: set.names)
    let display = TrainingDisplay(isQuiet: !StandardError.isTerminal)
    var broken = skipping.broken(of: set.count)
    let cache = try PixelCache(decoded, broken: &broken, threadCount: threadCount, display)
    if let words = broken.words { display.warn(words) }
    let data = TrainingImages(set, as: task, read: cache ?? decoded)
    let epochCount = options.epochCount + (options.freezeEpochCount ?? 0)
    let weights = try manifest.run.parameters["weights"].map { try SafetensorsFile($0) }
    let predictions = try OutOfFoldPredictions(
      data,
      folds: set.folds(count, seed: foldSeed, leavingOut: Set(broken.found.map(\.item))), options,
      weights: weights,
      classWeights: try manifest.run.parameters["class-weights"].map {
        try ClassWeightChoice($0).read()
      },
      callbacks: { [FoldProgress(fold: $0, of: count, epochs: epochCount, display)] })
    StandardError.write(
      "\(broken.found.isEmpty ? "all " : "")\(predictions.images.count) images predicted by \(count) models that have not "
        + "learned from them, trained for \(epochCount == 1 ? "1 epoch" : "\(epochCount) epochs") "
        + "at \(options.transform.size)\n")
    return try Examination(predictions.table, of: predictions.images, in: set, for: task)
  }

  /// Returns the training options of a model, from its description and the record of its training.
  private static func options(
    like description: ImageModelDescription, _ record: [String: String], threadCount: Int
  ) throws -> ImageTrainingOptions {
    var options = ImageTrainingOptions()
    options.backbone = description.backbone
    options.transform = description.input
    options.threadCount = threadCount
    func number<Number: LosslessStringConvertible>(_ name: String, _ usual: Number) -> Number {
      record[name].flatMap { Number($0) } ?? usual
    }
    // With several sizes each has its own number of epochs: here all run at the last size.
    let counts = (record["epochs"] ?? "").split(separator: ",").compactMap { Int($0) }
    options.epochCount = counts.isEmpty ? options.epochCount : counts.reduce(0, +)
    options.batchSize = number("batch-size", options.batchSize)
    options.weightDecay = number("weight-decay", options.weightDecay)
    options.smoothing = number("label-smoothing", options.smoothing)
    options.mixing = BatchMixing(
      mixup: record["mixup"].flatMap { Double($0) }, cutmix: record["cutmix"].flatMap { Double($0) }
    )
    options.microBatchSize = record["micro-batch"].flatMap { Int($0) }
    options.freezeEpochCount = record["freeze-epochs"].flatMap { Int($0) }
    if let rate = record["learning-rate-found"] ?? record["learning-rate"],
      case .rates(let rates) = try RateChoice(rate).choice
    {
      options.peakRates = rates
    }
    options.schedule = record["schedule"].flatMap { ScheduleKind(named: $0) } ?? options.schedule
    options.precision =
      record["precision"].flatMap { Precision(rawValue: $0) }?.available.precision ?? .float32
    return options
  }
}

/// Displays the progress of the trainings.
private final class FoldProgress: TrainingCallback {
  private let fold: Int
  private let count: Int
  private let epochs: Int
  private let display: TrainingDisplay

  init(fold: Int, of count: Int, epochs: Int, _ display: TrainingDisplay) {
    (self.fold, self.count, self.epochs, self.display) = (fold, count, epochs, display)
  }

  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    display.draw("model \(fold + 1) of \(count), epoch \(record.epoch) of \(epochs)")
    return .proceed
  }
}
