import Daemon
import Foundation
import ImageModels
import Images
import LineProtocol
import ModelRegistry
import TensorCore
import TestEnvironment

/// Small image models with random weights, and images to classify.
struct ServedImages: Sendable {
  let folder: TemporaryFolder
  let model: ImageModel
  let served: ServedModel

  private init(_ name: String, _ task: ImageTask) throws {
    folder = try TemporaryFolder()
    var random = RandomStream(seed: 5, stream: 0)
    let description = ImageModelDescription(
      task: task, backbone: .resnet18, input: ImageTransform(size: ImageSize(32)))
    let path = folder.path("model.safetensors")
    _ = try ImageModelContents(description, description.network(random: &random)).write(to: path)
    let opened = try ModelRegistry(folder.path, forms: [.image]).open(path)
    guard let model = opened as? ImageModel else { fatalError("no model of images was written") }
    self.model = model
    served = ServedModel(
      of: model,
      facts: ModelFacts(
        of: model, name: name, version: 2, createdAt: "2026-01-01T00:00:00Z", inServiceSince: nil))
  }

  static let classes = Result {
    try ServedImages("shop", .classify(classes: ["hat", "shoe", "ü"]))
  }
  static let labels = Result {
    try ServedImages(
      "sea", .multilabel(labels: ["fish", "crab", "ray"], thresholds: [0.2, 1, 0.2]))
  }
  static let numbers = Result { try ServedImages("cell", .regress(names: ["defect"], range: nil)) }

  /// Returns all of them and a recommender.
  static func all() throws -> ServedModels {
    let models = [
      try classes.get().served, try labels.get().served, try numbers.get().served,
      try TestServer.served(Catalogue.contents()),
    ]
    return models.enumerated().reduce(
      ServedModels(names: models.map(\.facts.name))
    ) { $0.replacing($1.offset, by: $1.element) }
  }

  /// Returns a photo as file contents.
  static func photo(_ seed: UInt64, side: Int = 48) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    let waves = (0..<9).map { _ in Double.random(in: 0.02...0.4, using: &random) }
    let samples = (0..<side * side * 3).map { place -> UInt8 in
      let (x, y, channel) = (place / 3 % side, place / 3 / side, place % 3)
      let value = waves.enumerated().reduce(0.0) { sum, wave in
        sum + sin(wave.element * Double(x * (wave.offset % 3) + y + channel * 7))
      }
      return UInt8(128 + 12 * value)
    }
    return Image(width: side, height: side, channels: 3, samples: .uint8(samples)).jpeg(quality: 90)
  }

  /// Returns the model's answer for a photo, computed directly.
  func answer(_ photo: [UInt8]) throws -> [Float] {
    let input = model.inputs(named: ["x"], on: .current) { (_, side) throws(ImageError) in
      try ImageDecoder().decode(photo, name: "x", minimumSide: side)
    }
    return try model.answers(for: [try input[0].get()], on: .current)[0].values
  }
}

/// Returns a request of the given words as a RESP array.
func encodedRequest(_ words: [[UInt8]]) -> [UInt8] {
  words.reduce(Array("*\(words.count)\r\n".utf8)) {
    $0 + Array("$\($1.count)\r\n".utf8) + $1 + Array("\r\n".utf8)
  }
}
