import Errors
import Foundation
import ImageData
import ImageModels
import ImageTraining
import Images
import Learning
import ModelRegistry

/// Images and their targets, read according to a command's options. Each image is decoded once before training begins,
/// so that an image that can't be read is reported at once.
struct ReadImages {
  let data: TrainingImages
  /// The model's number of input channels.
  let channels: Int
  /// The input that the weights file describes; nil if training does not start from one.
  let pretrained: PretrainedInput?
  /// The indices of the images that can't be read and are left out.
  let skipped: [Int]
  /// The images in the form for comparing models.
  let judged: JudgedImages
  /// Whether some classes seem to mean none of the others.
  let mayBeNone: Bool
  /// The fingerprint of the data, in hexadecimal.
  let fingerprint: String
  let seconds: Double

  init(
    _ source: ImageDataOptions, _ options: ImageLearningOptions, display: TrainingDisplay
  ) throws {
    let clock = ContinuousClock()
    let start = clock.now
    pretrained = try options.checkFiles()
    let set = try source.block().dataSet()
    guard set.targets != .none else {
      throw CommandFailure(
        ImageDataOptions.noLabels.problem, remedy: ImageDataOptions.noLabels.remedy)
    }
    if let words = source.partsWarning(set) { display.warn(words) }
    let task = try ImageTask(
      options.task, for: set.targets,
      range: options.range.flatMap { ImageTask.Range(Float($0.lower), Float($0.upper)) })
    let decoded = DecodedEachTime(
      set, minimumSide: options.input.shortestSide(from: pretrained),
      channels: options.input.channels?.kept)
    channels =
      try options.input.channels?.count
      ?? Self.channels(of: decoded, options)
    if let words = options.input.words(takenFrom: pretrained, channels: channels) {
      display.say(words)
    }
    var broken = options.broken.broken(of: set.count)
    let checked = decoded.checked(channels: channels, names: set.names)
    let cache = try PixelCache(
      checked, broken: &broken, threadCount: options.threads.count, display)
    let images: any ImageSource = cache ?? checked
    if cache == nil {
      display.say(
        "decoded images take more than \(PixelCache.usualLimit >> 30) GB: they are decoded in each epoch"
      )
    }
    skipped = broken.found.map(\.item)
    data = TrainingImages(set, as: task, read: images, leavingOut: Set(skipped))
    fingerprint = set.fingerprint
    seconds = (clock.now - start) / .seconds(1)
    display.say(
      "read \(set.count - skipped.count) images in \(TrainingDisplay.format(seconds)): \(data.training.count) to learn from, "
        + "\(data.heldOut.count) held out (\(set.split.words))")
    if let words = set.items.leftOutWords { display.say(words) }
    if let words = broken.words { display.warn(words) }
    if case .classify(let classes) = task, classes.count == 1 {
      display.warn(
        "all images are of one class, \(classes[0]): the model will predict it for any image"
      )
    }
    let suspect: NoneOfThese? =
      if case .classify = task { NoneOfThese(in: set.targets) } else { nil }
    if let suspect { display.warn(suspect.warning) }
    mayBeNone = suspect != nil
    judged = JudgedImages(of: set)
  }

  /// Returns the number of input channels according to the first readable image.
  private static func channels(
    of source: DecodedEachTime, _ options: ImageLearningOptions
  ) throws -> Int {
    var number = 0
    while true {
      do throws(TrainingError) {
        return try options.input.channelCount(of: source.image(number))
      } catch {
        number += 1
        guard options.broken.skipBroken, number < source.count else { throw error }
      }
    }
  }
}

extension ImageItems {
  /// A note about the files that are left out; nil if there are none.
  fileprivate var leftOutWords: String? {
    guard !leftOut.isEmpty else { return nil }
    let endings = leftOut.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let shown = endings.prefix(5).map { ending, count in
      "\(count) \(ending.isEmpty ? "without an extension" : "." + Excerpt.of(ending))"
    }
    let count = leftOut.values.reduce(0, +)
    return
      "left out \(count) \(count == 1 ? "file that is" : "files that are") not named like images: "
      + shown.joined(separator: ", ") + (endings.count > 5 ? ", ..." : "")
  }
}

extension NoneOfThese {
  /// The warning about such classes, with the alternative.
  fileprivate var warning: String {
    let list = names.joined(separator: ", ")
    return
      "\(imageCount) of \(allCount) images are \(list), which seems to mean none of the other classes: a classifier learns "
      + "them as if they were alike, and assigns one of its classes to any image. With --none-of-these --none-labels "
      + "'\(names.joined(separator: ","))' it learns to predict no label if none is more likely than not"
  }
}

extension ImageDataOptions {
  /// The options in effect, for a run's record.
  var record: [String: String] {
    var record = ["folder": folder, "split-seed": "\(splitSeed)"]
    record["labels"] = labels
    record["label-column"] = labelColumn
    record["label-delimiter"] = labelDelimiter
    record["corrections"] = corrections
    record["label-pattern"] = labelPattern
    record["label-columns"] = labelColumns.isEmpty ? nil : labelColumns.joined(separator: ",")
    record["points"] = points.isEmpty ? nil : points.joined(separator: ",")
    record["image-suffix"] = imageSuffix
    record["image-column"] = imageColumn.isEmpty ? nil : imageColumn.joined(separator: ",")
    record["split"] = split ?? splitColumn.map { "column:\($0)" } ?? ImageDataOptions.defaultSplit
    record["group-by"] = groupBy
    record["none-of-these"] =
      noneOfThese ? (noneLabels.isEmpty ? "true" : noneLabels.joined(separator: ",")) : nil
    return record.merging(limits.record) { $1 }
  }
}
