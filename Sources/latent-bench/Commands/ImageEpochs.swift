import ArgumentParser
import Errors
import Foundation
import ImageData
import ImageModels
import ImageTraining
import Images
import Layers
import Learning
import TensorCore

/// `latent-bench images`: the cost of preparing an epoch's batches while it runs.
struct ImageEpochs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Seconds per epoch on image files, cached images and prepared batches.",
    discussion: """
      Trains for one epoch on the same images in the same order, with the augmentation of `latent \
      images train`: on batches prepared beforehand (memory), on images decoded beforehand and \
      augmented during the epoch (cache), and on files decoded and augmented during the epoch \
      (decoding). The three alternate.
      """)

  @Argument(help: "A folder of images.")
  var folder: String

  @Option(help: "The network: resnet18, resnet34 or resnet50.")
  var network = "resnet18"

  @Option(help: "Height and width of the network's input.")
  var size = 128

  @Option(help: "The number of images in a batch.")
  var batch = 64

  @Option(help: "The number of images in an epoch, spread evenly over the folder.")
  var images = 1024

  @Option(help: "The precision: float32 or bfloat16.")
  var precision = "float32"

  @Option(help: "Threads to compute with.")
  var threads = 2

  @Option(help: "The number of runs of each kind, in turn.")
  var turns = 3

  func validate() throws {
    guard ResNetVariant(rawValue: network) != nil, Precision(rawValue: precision) != nil else {
      throw ValidationError(
        "--network must be resnet18, resnet34 or resnet50, --precision float32 or bfloat16.")
    }
    guard size >= 32, batch >= 2, images >= batch, threads >= 1, turns >= 1 else {
      throw ValidationError(
        "--size must be at least 32, --batch at least 2, --images at least --batch, and --threads "
          + "and --turns at least 1.")
    }
  }

  /// A source of an epoch's batches.
  private typealias Batches = (BatchPlace) throws(TrainingError) -> PreparedBatch

  func run() throws {
    let set = try ImageDataBlock(items: .folder(folder), labels: .none, splitter: .none).dataSet()
    let items = Array(stride(from: 0, to: set.count, by: max(1, set.count / images)).prefix(images))
    let decoded = DecodedEachTime(count: items.count) { (number) throws(TrainingError) in
      do throws(ImageError) {
        return try set.decode(items[number], minimumSide: size).image
      } catch {
        throw TrainingError(.badData, error.problem, place: error.place, remedy: error.remedy)
      }
    }
    let folder = FileManager.default.temporaryDirectory.path
    guard let cache = try PixelCache(decoded, limit: 4 << 30, in: folder, threadCount: threads)
    else { throw ValidationError("the images exceed 4 GiB: use fewer (--images)") }
    let sizes = BatchSizes(batch, samples: items.count)
    var beforehand: [BatchPlace: PreparedBatch] = [:]
    let places = (0..<sizes.trainingCount).map {
      BatchPlace(epoch: 0, range: sizes.training($0))
    }
    let first = batches(of: cache, sizes)
    for place in places { beforehand[place] = try first.training(place) }
    let kinds: [(name: String, make: () -> Batches)] = [
      (
        "memory",
        {
          { (place) throws(TrainingError) in
            guard let batch = beforehand[place] else { preconditionFailure("no batch \(place)") }
            return batch
          }
        }
      ),
      ("cache", { self.batches(of: cache, sizes).training }),
      ("decoding", { self.batches(of: decoded, sizes).training }),
    ]
    var seconds: [String: [Double]] = [:]
    // The first epoch compiles kernels and allocates memory for all that follow.
    for turn in 0...turns {
      for kind in kinds {
        let own = try epoch(of: items.count, sizes, kind.make)
        Progress.say("\(turn == 0 ? "warming up" : "turn \(turn)"): \(kind.name) \(own) s")
        if turn > 0 { seconds[kind.name, default: []].append(own) }
      }
    }
    let report = Report(conditions: [
      "network": network, "size": "\(size)", "batch": "\(batch)", "images": "\(items.count)",
      "threads": "\(threads)", "precision": precision,
    ])
    let memory = Samples(seconds["memory"] ?? [])
    for (kind, bar) in [("cache", 1.1), ("decoding", 1.4)] {
      try report.compare(
        "images.epoch.\(kind)", Samples(seconds[kind] ?? []), with: [("memory", memory)], unit: "s",
        bar: .atMost(bar))
    }
  }

  private func batches(of source: some ImageSource, _ sizes: BatchSizes) -> ImageBatches {
    let numbers = Array(0..<source.count)
    return ImageBatches(
      TrainingImages(
        images: source, targets: .classes(numbers.map { Int32($0 % 10) }),
        task: .classify(classes: (0..<10).map { "\($0)" }), training: numbers, heldOut: []),
      ImageTransform(size: ImageSize(size)), batches: sizes, unit: sizes.size, epochCount: 1,
      order: .shuffled(seed: 0), seed: 0, threadCount: threads)
  }

  /// Returns the duration of an epoch, in seconds.
  private func epoch(
    of count: Int, _ sizes: BatchSizes, _ make: () -> Batches
  ) throws -> Double {
    var random = RandomStream(seed: 0, stream: 0)
    let network = ImageNetwork(
      ResNetVariant(rawValue: network) ?? .resnet18, outputCount: 10, random: &random)
    var options = ModuleTraining.Options()
    options.context = ComputeContext(
      threadCount: threads, precision: Precision(rawValue: precision) ?? .float32)
    let batches = make()
    let training = ModuleTraining(
      network, optimizer: AdamW(network.groups, options: AdamW.Options()), loss: .crossEntropy(),
      options: options, trainingCount: count,
      trainingBatch: { (samples, pass) throws(TensorError) in
        let batch: PreparedBatch
        do throws(TrainingError) {
          batch = try batches(BatchPlace(epoch: 0, range: samples.startIndex..<samples.endIndex))
        } catch {
          throw TensorError(
            .unsupported, error.problem, place: error.place, remedy: error.remedy)
        }
        return (try network(Variable(batch.images), in: pass), batch.targets)
      }, heldOutBatch: { _, _ in preconditionFailure("nothing is held out") })
    let learner = Learner(training, batchSize: batch, order: .shuffled(seed: 0))
    return try timed { _ = try learner.fit(epochCount: 1, peakRates: [1e-3]) }.seconds
  }
}
