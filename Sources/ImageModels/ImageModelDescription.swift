import Errors
import Foundation
package import Images
import ModelRegistry
package import TensorCore

/// What a model of images is, besides its weights: all that is needed to make its input of an image and an answer
/// of its output. Stands as JSON in the model file's metadata.
package struct ImageModelDescription: Hashable, Sendable, Codable {
  package var task: ImageTask
  package var backbone: ResNetVariant
  /// How an image becomes the network's input; ``ImageTransform/fixed(for:)`` is what predictions use.
  package var input: ImageTransform
  /// The numbers of the channels of a file, from 0, that the network sees, in their order; nil for all, as
  /// ``Image/fits(channels:)`` has it.
  package var keptChannels: [Int]?
  /// How outputs become probabilities; nil where nothing was held out to fit it on, and in files of format 1.
  package var calibration: ImageCalibration?
  /// The numbers that go in and out of the convolutions, by the names of their filters: then predictions multiply
  /// integers of 8 bits. nil for single precision.
  package var quantization: [String: ActivationRange]?

  package init(task: ImageTask, backbone: ResNetVariant, input: ImageTransform) {
    self.task = task
    self.backbone = backbone
    self.input = input
  }

  /// A network of this description, not trained yet.
  package func network(random: inout RandomStream) -> ImageNetwork {
    ImageNetwork(
      backbone, channels: input.channels, outputCount: task.outputCount, range: task.outputRange,
      random: &random)
  }

  /// A network's outputs `[batch, outputs]` as predictions: calibrated probabilities of classes and labels, numbers
  /// and points as they are.
  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try predictions(of: Variable(outputs), on: Tape(isRecording: false)).value
  }

  /// The same, as steps of a computation.
  func predictions(of outputs: Variable, on tape: Tape) throws(TensorError) -> Variable {
    guard let calibration else { return try task.predictions(of: outputs, on: tape) }
    return try task.predictions(of: calibration.scaled(outputs, on: tape), on: tape)
  }

  /// An image with the channels that the network sees; nil of one that has others.
  func seen(of image: Image) -> Image? {
    guard let keptChannels else { return image.fits(channels: input.channels) ? image : nil }
    return keptChannels.allSatisfy { $0 < image.channels }
      ? image.keeping(channels: keptChannels) : nil
  }

  /// Which channels the network sees, in words.
  var channelWords: String {
    guard let keptChannels else { return "\(input.channels)" }
    return "those numbered \(keptChannels.map(String.init).joined(separator: ", ")) from 0"
  }

  /// The most outputs: far above what is of use, and low enough that a hostile file can't ask for more memory than
  /// there is. What it may ask for images is ``ImageTransform/fault``'s matter.
  package static let outputLimit = 100_000
  /// The highest number of a channel that may be kept.
  package static let keptChannelLimit = 4095

  /// What is wrong with it, in words; nil when a network can be made of it.
  package var fault: String? {
    if let fault = Self.fault(of: task) ?? calibration?.fault(for: task) ?? input.fault {
      return fault
    }
    if let keptChannels,
      keptChannels.count != input.channels
        || !keptChannels.allSatisfy({ (0...Self.keptChannelLimit).contains($0) })
    {
      return "channels to keep that are not \(input.channels) from 0 to \(Self.keptChannelLimit)"
    }
    let ranges = quantization?.values.flatMap { [$0.input, $0.output] } ?? []
    if !ranges.allSatisfy({ $0 > 0 && $0.isFinite }) {
      return "ranges of activations that are none"
    }
    return nil
  }

  /// What is wrong with a task, in words; nil when nothing is.
  package static func fault(of task: ImageTask) -> String? {
    let names = task.outputNames
    if names.isEmpty || names.count > outputLimit {
      return "\(names.count) outputs: from 1 to \(outputLimit)"
    }
    if Set(names).count != names.count { return "two outputs of the same name" }
    if case .multilabel(let labels, let thresholds) = task,
      thresholds.count != labels.count || !thresholds.allSatisfy({ (0...1).contains($0) })
    {
      return "no threshold of 0 to 1 for each label"
    }
    if let range = task.outputRange,
      !range.lowerBound.isFinite || !range.upperBound.isFinite
        || range.lowerBound >= range.upperBound
    {
      return "a range that is none"
    }
    return nil
  }

  /// As it stands in a file.
  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("texts and finite numbers can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// What ``text`` says. Throws ``ModelFileErrorCode/badContents`` for what it does not.
  init(reading text: String, of file: SafetensorsFile) throws(ModelFileError) {
    guard let description = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
      throw ModelFileError(
        .badContents, "what it says of its task and its images can't be read", place: file.path,
        remedy: ImageModel.remedy)
    }
    self = description
    if let fault {
      throw ModelFileError(.badContents, fault, place: file.path, remedy: ImageModel.remedy)
    }
  }
}
