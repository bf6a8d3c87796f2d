import Errors
import Foundation
import ImageModels
import Images
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Opening a model file with any metadata results in a Latent error or in a model that can preprocess images.
struct ImageModelFuzzTests {
  private static let count = fuzzCount(5000)

  /// Replacements for numbers.
  private static let numbers = [
    "0", "-1", "1", "2", "0.5", "-0.0", "1e-30", "1e30", "1e308", "1e999", "4096", "8193", "65536",
    "2147483648", "9223372036854775807", "99999999999999999999", "null", "true", "\"x\"", "[]",
    "{}",
  ]

  private static var descriptions: [ImageModelDescription] {
    var input = ImageTransform(size: ImageSize(width: 12, height: 10), presize: ImageSize(14))
    input.framing = .randomResizedCrop(RandomResizedCrop(scale: 0.3...0.9))
    input.normalization = Normalization(mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 1])
    var classes = ImageModelDescription(
      task: .classify(classes: ["a", "b", "ü"]), backbone: .resnet18, input: input)
    classes.calibration = ImageCalibration(temperatures: [1.5])
    classes.quantization = ["conv1": ActivationRange(input: 1, output: 2)]
    input.framing = .pad
    input.augmentation.crop = RandomResizedCrop(scale: 0.5...1)
    input.augmentation.erasing = 0.5
    var labels = ImageModelDescription(
      task: .multilabel(labels: ["x", "y"], thresholds: [0.5, 0.3]), backbone: .resnet34,
      input: input)
    labels.calibration = ImageCalibration(temperatures: [0.5, 2], overallThreshold: 0.4)
    labels.keptChannels = [2, 0, 1]
    input.framing = .centerCrop(share: 0.875)
    input.interpolation = .bicubic
    input.normalization = nil
    let points = ImageModelDescription(
      task: .points(names: ["eye"]), backbone: .resnet50, input: input)
    return [classes, labels, points]
  }

  /// Returns a slightly altered copy of the text.
  private static func altered(_ text: String, _ random: inout SplitMix64) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || byte == 0x2E }
      let starts = bytes.indices.filter {
        isDigit(bytes[$0]) && ($0 == 0 || !isDigit(bytes[$0 - 1]))
      }
      if Int.random(in: 0..<4, using: &random) > 0, let start = starts.randomElement(using: &random)
      {
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
        bytes.replaceSubrange(
          start..<end, with: numbers.randomElement(using: &random)?.utf8 ?? "".utf8)
      } else if let position = bytes.indices.randomElement(using: &random) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0x20...0x7E, using: &random)
        case 1: bytes.remove(at: position)
        default:
          let other = Int.random(in: bytes.indices, using: &random)
          bytes.insert(contentsOf: bytes[other..<min(bytes.count, other + 20)], at: position)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func noDescriptionEndsTheProcess() throws {
    let texts = try Self.descriptions.map {
      String(decoding: try JSONEncoder().encode($0), as: UTF8.self)
    }
    let context = ComputeContext(threadCount: 1)
    var random = SplitMix64(seed: 31)
    var (opened, refused, asked) = (0, 0, 0)
    for number in 0..<Self.count {
      let text = number < texts.count ? texts[number] : Self.altered(texts[number % 3], &random)
      let bytes = try SafetensorsWriter.encode(
        [OutgoingTensor("backbone.conv1.weight", [2], [Float(1), 2])],
        metadata: [
          "latent.form": "image-model", "latent.format": "4", "latent.image_model": text,
        ])
      let model: ImageModel
      do throws(ModelFileError) {
        model = try ImageModel(SafetensorsFile(MappedFile(copying: bytes, named: "altered")))
      } catch {
        refused += 1
        #expect(error.place == "altered")
        continue
      }
      opened += 1
      let description = model.description
      #expect(description.fault == nil, "\(text)")
      _ = model.facts
      // Small models preprocess an image, for prediction and with training augmentation.
      let input = description.input
      let channels = description.keptChannels.map { ($0.max() ?? 0) + 1 } ?? input.channels
      guard input.outputCount <= 1 << 14, channels <= 16,
        input.presize.width * input.presize.height <= 1 << 14
      else { continue }
      asked += 1
      let image = Image(
        width: 7, height: 5, channels: channels,
        samples: .uint8((0..<35 * channels).map { UInt8(truncatingIfNeeded: $0 * 37) }))
      let seen = try ModelInput(DecodedImage(image), for: model, named: "image")
      let batch = model.batch(of: [seen], on: context).images
      #expect(batch.shape == [1, input.channels, input.size.height, input.size.width])
      var stream = RandomStream(seed: UInt64(number), epoch: 0, image: 0)
      let drawn = input.drawn(for: seen.image.size, random: &stream)
      var planes = [Float](repeating: 0, count: input.outputCount)
      planes.withUnsafeMutableBufferPointer {
        input.apply(drawn, to: seen.image, into: $0, TransformWorkspace())
      }
      // Missing weights are an error, whatever the description.
      if asked % 500 == 1 {
        #expect(throws: ModelFileError.self) { try model.verifyContents() }
      }
    }
    #expect(opened >= Self.count / 20 && refused >= Self.count / 5 && asked >= Self.count / 40)
  }
}
