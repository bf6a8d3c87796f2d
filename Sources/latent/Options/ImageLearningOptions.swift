import ArgumentParser
import Foundation
import ImageModels
import ImageTraining
import Learning
import ModelRegistry
import TensorCore

/// The options for an image model and its batches that `images train` and `images find-rate` share.
struct ImageLearningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "classify, multilabel, regress or points (default: according to the labels). With multilabel on one class per image "
        + "the model also learns to predict none.", valueName: "task"))
  var task: ImageTask.Kind?

  @OptionGroup var input: ImageInputOptions

  @Option(
    help: ArgumentHelp(
      "The backbone network: \(ResNetVariant.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var backbone = ResNetVariant.resnet18

  @Option(
    help: ArgumentHelp(
      "Start from this safetensors file: torchvision's or timm's weights for the backbone, or a model written by Latent.",
      valueName: "file"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "The range of predicted numbers, such as 0..1: choose it a little wider than the values that occur.",
      valueName: "low..high"), transform: { try NumberRange($0) })
  var range: NumberRange?

  @Option(help: "The number of images in a batch.")
  var batchSize = 64

  @Option(
    help: ArgumentHelp(
      "Process this many images of a batch at a time and accumulate their gradients, to use less memory.",
      valueName: "images"))
  var microBatch: Int?

  @Option(help: "The weight decay of AdamW.")
  var weightDecay = 0.01

  @Option(
    help: ArgumentHelp(
      "Label smoothing: spread this share of a class's probability over all classes.",
      valueName: "share"))
  var labelSmoothing = 0.0

  @Option(
    help: ArgumentHelp(
      "Mixup: blend each image and its target with another's; the shares are drawn from the beta distribution with "
        + "this parameter, such as 0.4.", valueName: "alpha"))
  var mixup: Double?

  @Option(
    help: ArgumentHelp(
      "CutMix: paste a part of another image into each, drawn with this parameter, such as 1; together with --mixup, each "
        + "is used for half of the batches.", valueName: "alpha"))
  var cutmix: Double?

  @Option(
    help: ArgumentHelp(
      "The weights of classes in the loss: balanced (rare ones weigh more, as in scikit-learn), by name as in "
        + "dress=2,hat=5 (others 1), or a table with the columns class and weight. With labels: the weights of images that have them.",
      valueName: "weights"), transform: { try ClassWeightChoice($0) })
  var classWeights: ClassWeightChoice?

  @Option(
    help: "float32, or bfloat16 (bf16) if the processor supports it: half the time.")
  var precision = Precision.float32

  @Option(
    help: "The seed for the initial parameters, the order of batches, and augmentation.")
  var seed: UInt64 = 0

  @OptionGroup var broken: BrokenImageOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard (2...100_000).contains(batchSize) else {
      throw ValidationError(
        "--batch-size must be from 2 to 100000: batch norm can't use a single image.")
    }
    if let microBatch, !(2...batchSize).contains(microBatch) {
      throw ValidationError("--micro-batch must be from 2 to --batch-size.")
    }
    if let fault = Self.partFault(of: batchSize, by: microBatch) { throw ValidationError(fault) }
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw ValidationError("--weight-decay must be 0 or above.")
    }
    guard (0..<1).contains(labelSmoothing) else {
      throw ValidationError("--label-smoothing must be from 0 to below 1.")
    }
    if labelSmoothing > 0, let task, task != .classify {
      throw ValidationError("--label-smoothing goes with --task classify.")
    }
    for (name, value) in [("mixup", mixup), ("cutmix", cutmix)] {
      guard value.map({ $0 > 0 && $0 <= BatchMixing.limit }) ?? true else {
        throw ValidationError("--\(name) must be above 0 and at most \(Int(BatchMixing.limit)).")
      }
    }
    if classWeights != nil, let task, task == .regress || task == .points {
      throw ValidationError("--class-weights goes with --task classify and multilabel.")
    }
    if range != nil, let task, task != .regress {
      throw ValidationError("--range goes with --task regress.")
    }
  }

  /// Returns the training options that are given here, for the images that were read. Calls `notice` if the processor
  /// does not support the precision that was asked for. Throws if class weights don't fit the images.
  func options(
    for read: ReadImages, notice: (String) -> Void
  ) throws -> ImageTrainingOptions {
    var options = ImageTrainingOptions()
    options.backbone = backbone
    options.transform = try input.transform(channels: read.channels, from: read.pretrained)
    options.keptChannels = input.channels?.kept
    options.mixing = BatchMixing(mixup: mixup, cutmix: cutmix)
    try checkFit(to: read.data, options.mixing)
    if let weights = try classWeights?.read() {
      do throws(TrainingError) { options.classWeights = try weights.values(for: read.data) } catch {
        throw error.namingTheOption
      }
    }
    options.batchSize = batchSize
    options.microBatchSize = microBatch
    options.weightDecay = weightDecay
    options.smoothing = Float(labelSmoothing)
    let (precision, shortfall) = precision.available
    if let shortfall { notice(shortfall) }
    options.precision = precision
    options.threadCount = threads.count
    options.seed = seed
    return options
  }

  /// Throws if an option does not apply to the labels' task, or if a batch has too few images.
  private func checkFit(to data: TrainingImages, _ mixing: BatchMixing) throws {
    let task = data.task
    func refused(_ option: String, _ reason: String) -> CommandFailure {
      CommandFailure(
        "--\(option) does not go with \(task.name): \(reason)", remedy: "Leave it out.")
    }
    if let fault = mixing.fault(for: task) {
      throw refused(cutmix == nil ? "mixup" : "cutmix", fault)
    }
    if labelSmoothing > 0, task.kind != .classify {
      throw refused("label-smoothing", "it spreads the probability of one class over the others")
    }
    if range != nil, task.kind != .regress {
      throw refused("range", "it is the range of predicted numbers")
    }
    let size = min(batchSize, data.training.count)
    guard size > 1 else {
      throw CommandFailure(
        "\(size == 0 ? "no image" : "one image") to learn from, and batch norm needs two or more",
        remedy: "Hold out fewer (--split), or give more images.")
    }
    if let fault = Self.partFault(of: size, by: microBatch) {
      throw CommandFailure(fault, remedy: "Give another --micro-batch or --batch-size.")
    }
  }

  /// Returns the problem with the parts of a batch in words: batch norm can't use a last part with a single image.
  private static func partFault(of batchSize: Int, by microBatch: Int?) -> String? {
    guard let microBatch, batchSize % microBatch == 1 else { return nil }
    return
      "--micro-batch \(microBatch) leaves a part with one image in a batch of \(batchSize), and batch norm needs two "
      + "or more."
  }

  /// Returns what the weights file says about its input. Throws if the weights file or the table of class weights can't
  /// be read, before any image is read.
  func checkFiles() throws -> PretrainedInput? {
    _ = try classWeights?.read()
    return try weights.map { try PretrainedInput(of: SafetensorsFile($0)) }
  }

  /// Returns the options in effect, including those taken from the weights file, for a run's record.
  func record(from pretrained: PretrainedInput?) -> [String: String] {
    var record = input.record(from: pretrained)
    record["seed"] = "\(seed)"
    record["backbone"] = backbone.rawValue
    record["weights"] = weights
    record["batch-size"] = "\(batchSize)"
    record["micro-batch"] = microBatch.map { "\($0)" }
    record["weight-decay"] = "\(weightDecay)"
    record["precision"] = precision.rawValue
    if let range { record["range"] = "\(range.lower)..\(range.upper)" }
    record["mixup"] = mixup.map { "\($0)" }
    record["cutmix"] = cutmix.map { "\($0)" }
    record["class-weights"] = classWeights?.text
    if labelSmoothing > 0 { record["label-smoothing"] = "\(labelSmoothing)" }
    return record
  }
}

/// A range of two numbers, written `low..high`.
struct NumberRange: Equatable {
  let lower: Double
  let upper: Double

  /// Throws unless the text is two finite numbers in order.
  init(_ text: String) throws {
    let ends = text.components(separatedBy: "..").map { Double($0) }
    guard ends.count == 2, let lower = ends[0], let upper = ends[1], lower < upper,
      lower.isFinite, upper.isFinite
    else {
      throw ValidationError("'\(text)' is not a range: give two numbers in order, such as 0..1.")
    }
    (self.lower, self.upper) = (lower, upper)
  }
}

extension ImageTask.Kind: ExpressibleByArgument {}

extension ResNetVariant: ExpressibleByArgument {}

extension Precision: ExpressibleByArgument {
  /// Parses the name, or its usual short form.
  public init?(argument: String) {
    switch argument {
    case "f32", "fp32": self = .float32
    case "bf16": self = .bfloat16
    default: self.init(rawValue: argument)
    }
  }
}
