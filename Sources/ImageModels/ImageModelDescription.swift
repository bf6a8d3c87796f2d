import Errors
import Foundation
package import Images
import ModelRegistry
package import TensorCore

/// The description of an image model: all that is needed, besides the weights, to turn an image into its input and
/// its output into an answer. Stored as JSON in the model file's metadata.
package struct ImageModelDescription: Hashable, Sendable, Codable {
  package var task: ImageTask
  package var backbone: ResNetVariant
  /// The transform from image to network input; predictions use ``ImageTransform/fixed(for:)``.
  package var input: ImageTransform
  /// The file channels that the network uses, numbered from 0, in order; nil for all, as in
  /// ``Image/fits(channels:)``.
  package var keptChannels: [Int]?
  /// The calibration of the probabilities; nil if nothing was held out to fit it on, and in files of format 1.
  package var calibration: ImageCalibration?
  /// The input and output ranges of the convolutions, by filter name, for predictions in 8-bit integers; nil for
  /// single precision.
  package var quantization: [String: ActivationRange]?

  package init(task: ImageTask, backbone: ResNetVariant, input: ImageTransform) {
    self.task = task
    self.backbone = backbone
    self.input = input
  }

  /// Returns an untrained network of this description.
  package func network(random: inout RandomStream) -> ImageNetwork {
    ImageNetwork(
      backbone, channels: input.channels, outputCount: task.outputCount, range: task.outputRange,
      random: &random)
  }

  /// Returns a network's outputs `[batch, outputs]` as predictions: calibrated probabilities of classes and labels;
  /// numbers and points unchanged.
  package func predictions(of outputs: Tensor) throws(TensorError) -> Tensor {
    try predictions(of: Variable(outputs), on: Tape(isRecording: false)).value
  }

  /// Returns the same as operations on `tape`.
  func predictions(of outputs: Variable, on tape: Tape) throws(TensorError) -> Variable {
    guard let calibration else { return try task.predictions(of: outputs, on: tape) }
    return try task.predictions(of: calibration.scaled(outputs, on: tape), on: tape)
  }

  /// Returns the image with the channels that the network uses; nil if its channels do not fit.
  func seen(of image: Image) -> Image? {
    guard let keptChannels else { return image.fits(channels: input.channels) ? image : nil }
    return keptChannels.allSatisfy { $0 < image.channels }
      ? image.keeping(channels: keptChannels) : nil
  }

  /// The channels that the network uses, in words.
  var channelWords: String {
    guard let keptChannels else { return "\(input.channels)" }
    return "numbers \(keptChannels.map(String.init).joined(separator: ", ")) (counted from 0)"
  }

  /// The maximum number of outputs: far more than useful, and few enough that a malicious file cannot exhaust
  /// memory. ``ImageTransform/fault`` limits the memory for images.
  package static let outputLimit = 100_000
  /// The highest channel number that may be kept.
  package static let keptChannelLimit = 4095

  /// Why it is invalid, in words; nil if a network can be made from it.
  package var fault: String? {
    if let fault = Self.fault(of: task) ?? calibration?.fault(for: task) ?? input.fault {
      return fault
    }
    if let keptChannels,
      keptChannels.count != input.channels
        || !keptChannels.allSatisfy({ (0...Self.keptChannelLimit).contains($0) })
    {
      return
        "kept channels that are not \(input.channels) numbers from 0 to \(Self.keptChannelLimit)"
    }
    let ranges = quantization?.values.flatMap { [$0.input, $0.output] } ?? []
    if !ranges.allSatisfy({ $0 > 0 && $0.isFinite }) {
      return "activation ranges that are not finite numbers above 0"
    }
    return nil
  }

  /// Returns why a task is invalid, in words; nil if it is valid.
  package static func fault(of task: ImageTask) -> String? {
    let names = task.outputNames
    if names.isEmpty || names.count > outputLimit {
      return "\(names.count) outputs, not 1 to \(outputLimit)"
    }
    if Set(names).count != names.count { return "two outputs with the same name" }
    if case .multilabel(let labels, let thresholds) = task,
      thresholds.count != labels.count || !thresholds.allSatisfy({ (0...1).contains($0) })
    {
      return "invalid thresholds: expected one from 0 to 1 per label"
    }
    if let range = task.outputRange,
      !range.lowerBound.isFinite || !range.upperBound.isFinite
        || range.lowerBound >= range.upperBound
    {
      return "an output range that is empty or not finite"
    }
    return nil
  }

  /// The JSON stored in a file.
  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("texts and finite numbers can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Parses ``text``. Throws ``ModelFileErrorCode/badContents`` if it is invalid.
  init(reading text: String, of file: SafetensorsFile) throws(ModelFileError) {
    guard let description = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
      throw ModelFileError(
        .badContents, "its description of the task and the images can't be read", place: file.path,
        remedy: ImageModel.remedy)
    }
    self = description
    if let fault {
      throw ModelFileError(.badContents, fault, place: file.path, remedy: ImageModel.remedy)
    }
  }
}
