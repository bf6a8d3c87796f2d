import ArgumentParser
import Foundation
import ImageModels
import ImageTraining
import Learning
import ModelRegistry
import TensorCore

/// What a model of images is and how its batches are learned: what a training and a search for its learning rate
/// share.
struct ImageLearningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "classify, multilabel, regress or points (default: what the labels are). multilabel of one class an image "
        + "learns to answer with none, too.", valueName: "task"))
  var task: ImageTask.Kind?

  @OptionGroup var input: ImageInputOptions

  @Option(
    help: ArgumentHelp(
      "The network: \(ResNetVariant.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"))
  var backbone = ResNetVariant.resnet18

  @Option(
    help: ArgumentHelp(
      "Start from this safetensors file: torchvision's or timm's weights of the backbone, or a model of Latent's.",
      valueName: "file"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Where predicted numbers lie, such as 0..1: a little wider than the values that occur.",
      valueName: "low..high"), transform: { try NumberRange($0) })
  var range: NumberRange?

  @Option(help: "Images in a batch.")
  var batchSize = 64

  @Option(
    help: ArgumentHelp(
      "Compute so many images of a batch at a time and add their gradients up, to take less memory.",
      valueName: "images"))
  var microBatch: Int?

  @Option(help: "The weight decay of AdamW.")
  var weightDecay = 0.01

  @Option(
    help: ArgumentHelp(
      "Spread this share of a class's probability over all classes.", valueName: "share"))
  var labelSmoothing = 0.0

  @Option(
    help: ArgumentHelp(
      "Mix each image with another, and what is right for them to the same shares, drawn from the beta distribution of "
        + "this parameter, such as 0.4.", valueName: "alpha"))
  var mixup: Double?

  @Option(
    help: ArgumentHelp(
      "Paste a part of another image into each, drawn with this parameter, such as 1; with --mixup half of the batches "
        + "each.", valueName: "alpha"))
  var cutmix: Double?

  @Option(
    help: ArgumentHelp(
      "What classes weigh in the loss: balanced (rare ones more, as in scikit-learn), names as in dress=2,hat=5 (others "
        + "1), or a table with the columns class and weight. Of labels: what images that have one weigh.",
      valueName: "weights"), transform: { try ClassWeightChoice($0) })
  var classWeights: ClassWeightChoice?

  @Option(
    help: "float32, or bfloat16 (bf16) where the processor multiplies such numbers: half the time.")
  var precision = Precision.float32

  @Option(
    help: "Decides what learning starts from, the order of batches, and how images are changed.")
  var seed: UInt64 = 0

  @OptionGroup var broken: BrokenImageOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard (2...100_000).contains(batchSize) else {
      throw ValidationError(
        "--batch-size must be from 2 to 100000: batch norm tells nothing of one.")
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

  /// The options as far as they are given here, to learn from images that were read. `notice` is told where the
  /// processor can't do what was asked for. Throws for weights of classes that don't fit the images.
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

  /// Throws for options that say nothing of the task that the labels are of, and for batches of too few images.
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
      throw refused("range", "it is where predicted numbers lie")
    }
    let size = min(batchSize, data.training.count)
    guard size > 1 else {
      throw CommandFailure(
        "\(size == 0 ? "no image" : "one image") to learn from, and batch norm needs two or more",
        remedy: "Hold fewer out (--split), or give more images.")
    }
    if let fault = Self.partFault(of: size, by: microBatch) {
      throw CommandFailure(fault, remedy: "Give another --micro-batch or --batch-size.")
    }
  }

  /// What is wrong with parts of a batch, in words: the last one of a single image, of which batch norm tells nothing.
  private static func partFault(of batchSize: Int, by microBatch: Int?) -> String? {
    guard let microBatch, batchSize % microBatch == 1 else { return nil }
    return
      "--micro-batch \(microBatch) leaves a part of one image of a batch of \(batchSize), and batch norm needs two "
      + "or more."
  }

  /// What the file of weights says of its images. Throws for files of weights, of the network or of classes, that
  /// can't be read: before any image is.
  func checkFiles() throws -> PretrainedInput? {
    _ = try classWeights?.read()
    return try weights.map { try PretrainedInput(of: SafetensorsFile($0)) }
  }

  /// What was asked for, or said by the file of weights, for a run's record.
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

/// Two numbers in order, written `low..high`.
struct NumberRange: Equatable {
  let lower: Double
  let upper: Double

  /// Throws unless the text is two finite numbers in order.
  init(_ text: String) throws {
    let ends = text.components(separatedBy: "..").map { Double($0) }
    guard ends.count == 2, let lower = ends[0], let upper = ends[1], lower < upper,
      lower.isFinite, upper.isFinite
    else {
      throw ValidationError("'\(text)' is no range: give two numbers in order, such as 0..1.")
    }
    (self.lower, self.upper) = (lower, upper)
  }
}

extension ImageTask.Kind: ExpressibleByArgument {}

extension ResNetVariant: ExpressibleByArgument {}

extension Precision: ExpressibleByArgument {
  /// Reads its name, or the short one that is usual.
  public init?(argument: String) {
    switch argument {
    case "f32", "fp32": self = .float32
    case "bf16": self = .bfloat16
    default: self.init(rawValue: argument)
    }
  }
}
