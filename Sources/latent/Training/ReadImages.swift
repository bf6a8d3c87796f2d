import Errors
import Foundation
import ImageData
import ImageModels
import ImageTraining
import Images
import Learning
import ModelRegistry

/// Images and what is to be learned of them, read as a command asks for it: each image decoded once, before training
/// begins, so that one that can't be read is named at once.
struct ReadImages {
  let data: TrainingImages
  /// How many channels a model sees.
  let channels: Int
  /// What the data follow from, in hexadecimal.
  let fingerprint: String
  let seconds: Double

  /// What decoded images may take on the disk; above that they are decoded each time.
  static let cacheLimit = 8 << 30

  init(
    _ source: ImageDataOptions, _ options: ImageLearningOptions, display: TrainingDisplay
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let set = try source.block(defaultSplitter: .random(share: 0.2, seed: source.splitSeed))
      .dataSet()
    let task = try ImageTask(
      options.task?.rawValue, for: set.targets,
      range: options.range.flatMap { ImageTask.Range(Float($0.lower), Float($0.upper)) })
    // Points are in the files' own pixels.
    let keepsSize = task.name == TaskName.points.rawValue
    let decoded = DecodedEachTime(
      set, ImageDecoder(), minimumSide: keepsSize ? nil : options.input.shortestSide,
      channels: options.input.channels?.kept)
    let found = try decoded.image(0).channels
    channels = options.input.channels?.count ?? (found == 1 ? 3 : found)
    let folder = FileManager.default.temporaryDirectory.path
    let images: any ImageSource
    if let cache = try PixelCache(
      decoded.checked(channels: channels, names: set.names), limit: Self.cacheLimit, in: folder,
      threadCount: options.threads.count,
      progress: { (count) in display.draw("reading \(count) of \(set.count) images") })
    {
      images = cache
    } else {
      display.say("decoded images take more than 8 GB: they are decoded in each epoch")
      images = decoded
    }
    data = TrainingImages(
      images: images, targets: TrainingTargets(set.targets, for: task), task: task,
      training: set.split.training, heldOut: set.split.heldOut)
    fingerprint = set.fingerprint
    seconds = (clock.now - start) / .seconds(1)
    display.say(
      "read \(set.count) images in \(TrainingDisplay.format(seconds)): \(data.training.count) to learn from, "
        + "\(data.heldOut.count) held out (\(set.split.words))")
  }
}

extension ImageDataOptions {
  /// What was asked for, for a run's record.
  var record: [String: String] {
    var record = ["folder": folder, "split-seed": "\(splitSeed)"]
    record["labels"] = labels
    record["label-column"] = labelColumn
    record["label-delimiter"] = labelDelimiter
    record["corrections"] = corrections
    record["label-pattern"] = labelPattern
    record["label-columns"] = labelColumns.isEmpty ? nil : labelColumns.joined(separator: ",")
    record["points"] = points.isEmpty ? nil : points.joined(separator: ",")
    record["image-column"] = imageColumn.isEmpty ? nil : imageColumn.joined(separator: ",")
    record["split"] = split ?? splitColumn.map { "column:\($0)" } ?? "random:0.2"
    record["group-by"] = groupBy
    return record
  }
}
