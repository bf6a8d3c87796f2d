import Errors
import Foundation
package import Images
package import ModelRegistry

extension Normalization {
  /// How images must be normalised for a file of weights: as a model of Latent's says; as timm's `config.json` says, beside
  /// a file that is called `model.safetensors` as there; else as ImageNet's are where there are three channels. nil for not
  /// at all.
  ///
  /// Throws ``ModelFileErrorCode/badContents`` for a description that can't be, of either.
  package static func expected(
    by file: SafetensorsFile, channels: Int
  ) throws(ModelFileError) -> Normalization? {
    guard file.metadata[ModelForm.metadataKey] == nil else {
      let input = try ImageModel(file).description.input
      return input.channels == channels ? input.normalization : nil
    }
    if let own = try PretrainedConfiguration(of: file.path)?.normalization() {
      return own.mean.count == channels ? own : nil
    }
    return channels == 3 ? .imageNet : nil
  }
}

/// What timm writes beside weights: how the images were normalised that they have learned from.
private struct PretrainedConfiguration {
  private let path: String
  private let contents: Contents

  private struct Contents: Decodable {
    let pretrained: Pretrained?

    struct Pretrained: Decodable {
      let mean: [Float]?
      let std: [Float]?
    }

    enum CodingKeys: String, CodingKey {
      case pretrained = "pretrained_cfg"
    }
  }

  /// The most bytes that are read of one: timm's have one thousand.
  private static let byteLimit = 1 << 20

  /// That of the weights at `path`; nil where there is none. Throws for one that is too long or no JSON.
  init?(of weights: String) throws(ModelFileError) {
    guard (weights as NSString).lastPathComponent == "model.safetensors" else { return nil }
    path = ((weights as NSString).deletingLastPathComponent as NSString)
      .appendingPathComponent("config.json")
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: Self.byteLimit + 1), data.count <= Self.byteLimit,
      let contents = try? JSONDecoder().decode(Contents.self, from: data)
    else {
      throw Self.refused("it is no description of weights in JSON, as timm writes it", path)
    }
    self.contents = contents
  }

  /// What it says of normalisation; nil for nothing. Throws for numbers that can't be.
  func normalization() throws(ModelFileError) -> Normalization? {
    guard let mean = contents.pretrained?.mean, let deviation = contents.pretrained?.std else {
      return nil
    }
    guard mean.count == deviation.count, !mean.isEmpty, mean.allSatisfy(\.isFinite),
      deviation.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw Self.refused("its mean and std are no means and deviations of channels", path)
    }
    return Normalization(mean: mean, deviation: deviation)
  }

  private static func refused(_ problem: String, _ path: String) -> ModelFileError {
    ModelFileError(
      .badContents, problem, place: path,
      remedy: "Fetch it again, or rename the weights for images to be normalised as ImageNet's.")
  }
}
