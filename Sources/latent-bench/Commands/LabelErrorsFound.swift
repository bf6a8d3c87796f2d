import ArgumentParser
import Foundation
import ImageData
import ImageModels
import ImageTraining
import Images
import Interpretation
import Learning
import TensorCore

/// `latent-bench label-errors`: how many planted label errors the rankings of suspects find.
struct LabelErrorsFound: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label-errors",
    abstract: "The share of wrong labels, planted in an image data set, that are found.",
    discussion: """
      Changes a random share of the labels to another class, trains models on these labels by \
      cross-validation, and ranks the images by how suspect their labels are according to the \
      out-of-fold predictions. For each ranking, the figure is the share of the planted errors \
      that are among the most suspect tenth.
      """)

  @Argument(help: "The folder of the images.")
  var folder: String

  @Option(help: "The table of labels, relative to the folder.")
  var labels = "labels.csv"

  @Option(help: "The column of the table with the classes.")
  var labelColumn = "label"

  @Option(help: "The share of labels to change.")
  var share = 0.05

  @Option(help: "The number of folds.")
  var folds = 5

  @Option(help: "The number of repetitions, with seeds from 1.")
  var seeds = 3

  @Option(help: "Height and width of the network's input.")
  var size = 64

  @Option(help: "Epochs of each training.")
  var epochs = 10

  @Option(help: "The highest learning rate.")
  var learningRate = 3e-3

  @Flag(help: "Compute in bfloat16.")
  var bfloat16 = false

  @Option(help: "Threads to compute with.")
  var threads = 2

  @Option(help: "Write the predictions to this folder, one table per seed.")
  var predictions: String?

  /// The share of images that a person would review.
  private static let looked = 0.1

  func validate() throws {
    guard share > 0, share < 1, folds >= 2, seeds >= 1, size >= 32, epochs >= 1 else {
      throw ValidationError(
        "--share must be between 0 and 1, --folds at least 2, --size at least 32, and --seeds and "
          + "--epochs at least 1.")
    }
  }

  func run() throws {
    let set = try ImageDataBlock(
      items: .table(ImageTableSource(file: "\(folder)/\(labels)", folder: folder)),
      labels: .column(labelColumn), splitter: .none
    ).dataSet()
    guard case .classes(let names, let classes) = set.targets else {
      preconditionFailure("a column of classes")
    }
    let decoded = DecodedEachTime(set, minimumSide: size, channels: nil)
      .checked(channels: 3, names: set.names)
    let cache = try PixelCache(
      decoded, limit: 4 << 30, in: FileManager.default.temporaryDirectory.path,
      threadCount: threads)
    let images: any ImageSource = cache ?? decoded
    var found: [LabelErrors.Ranking: [Double]] = [:]
    for seed in 1...UInt64(seeds) {
      let planted = Planted(classes, classCount: names.count, share: share, seed: seed)
      let data = TrainingImages(
        images: images, targets: .classes(planted.labels.map { Int32($0) }),
        task: .classify(classes: names), training: [], heldOut: [])
      let (table, seconds) = try timed {
        try OutOfFoldPredictions(
          data, folds: set.folds(folds, seed: seed), options(seed: seed),
          callbacks: { [Told(fold: $0)] }
        ).table
      }
      Progress.say("seed \(seed): \(folds) trainings in \(Int(seconds)) s")
      try keep(table, planted, set, names, seed: seed)
      for ranking in LabelErrors.Ranking.allCases {
        let ranked = LabelErrors(table, labels: planted.labels, by: ranking).ranked
        let looked = ranked.prefix(Int((Double(ranked.count) * Self.looked).rounded()))
        let count = looked.count { planted.wrong.contains($0.sample) }
        found[ranking, default: []].append(Double(count) / Double(planted.wrong.count))
      }
    }
    let report = Report(conditions: [
      "images": "\(set.count)", "classes": "\(names.count)", "share": "\(share)",
      "folds": "\(folds)", "size": "\(size)", "epochs": "\(epochs)",
      "precision": bfloat16 ? "bf16" : "f32",
    ])
    for ranking in LabelErrors.Ranking.allCases {
      try report.write(
        "label-errors.found", side: ranking.rawValue, Samples(found[ranking] ?? []),
        unit: "share", as: \.mean, bar: ranking == .usual ? .atLeast(0.7) : nil)
    }
  }

  private func options(seed: UInt64) -> ImageTrainingOptions {
    var options = ImageTrainingOptions()
    options.transform = ImageTransform(size: ImageSize(size))
    options.epochCount = epochs
    options.peakRates = .same(learningRate)
    options.precision = bfloat16 ? Precision.bfloat16.available.precision : .float32
    options.threadCount = threads
    options.seed = seed
    return options
  }

  private func keep(
    _ table: PredictionTable, _ planted: Planted, _ set: ImageDataSet, _ names: [String],
    seed: UInt64
  ) throws {
    guard let predictions else { return }
    try FileManager.default.createDirectory(
      atPath: predictions, withIntermediateDirectories: true)
    var text = "image,label,planted," + names.joined(separator: ",") + "\n"
    for image in 0..<set.count {
      let row = table[image].map { "\($0)" }.joined(separator: ",")
      text +=
        "\(set.names[image]),\(names[planted.labels[image]]),\(planted.wrong.contains(image) ? 1 : 0),\(row)\n"
    }
    try text.write(toFile: "\(predictions)/seed-\(seed).csv", atomically: true, encoding: .utf8)
  }
}

/// Labels, some of which were changed.
private struct Planted {
  let labels: [Int]
  let wrong: Set<Int>

  init(_ classes: [Int], classCount: Int, share: Double, seed: UInt64) {
    var random = RandomStream(seed: seed, stream: 17)
    var order = Array(0..<UInt32(classes.count))
    random.shuffle(&order)
    var labels = classes
    let chosen = order.prefix(max(1, Int((Double(classes.count) * share).rounded()))).map {
      Int($0)
    }
    for image in chosen {
      let step = 1 + Int(random.next(below: UInt32(classCount - 1)))
      labels[image] = (classes[image] + step) % classCount
    }
    self.labels = labels
    wrong = Set(chosen)
  }
}

/// Reports the metrics of each epoch.
private final class Told: TrainingCallback {
  private let fold: Int

  init(fold: Int) { self.fold = fold }

  func epochDidEnd(_ record: EpochRecord) throws(TrainingError) -> Continuation {
    let metrics = record.metrics.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    Progress.say("fold \(fold), epoch \(record.epoch): \(metrics)")
    return .proceed
  }
}
