import Foundation
import ImageModels
import Images
import ModelRegistry
import Ratings
import TensorCore

/// A synthetic image model, a ResNet-18 with random weights, and photos to classify.
enum SyntheticImageModel {
  /// The name it is served under.
  static let name = "images"
  /// The daemon's options to serve it after the recommender.
  static let arguments = ["--name", "recommender", "--name", name]

  /// Publishes the model in the registry at `folder` and puts it in service.
  static func publish(in folder: String) throws {
    let description = ImageModelDescription(
      task: .classify(classes: (0..<10).map { "class \($0)" }), backbone: .resnet18,
      input: ImageTransform(size: ImageSize(128)))
    var random = RandomStream(seed: 8, stream: 3)
    let publisher = try Publisher(
      of: try ModelName(name), in: ModelRegistry(folder, forms: [.image]), command: "latent-bench")
    let contents = ImageModelContents(description, description.network(random: &random))
    let manifest = try publisher.stage(contents).commit(
      TrainingRun(
        modelName: name, kind: description.backbone.rawValue, outcome: .written,
        startedAt: Timestamp.now.description, threadCount: 1, latentVersion: "bench"))
    try publisher.promote(manifest.version)
  }

  /// Returns a request line with a photo of `side` by `side` pixels, in base64.
  static func request(side: Int) -> [UInt8] {
    Array("CLASSIFY \(name) IMAGE \(Data(photo(side: side)).base64EncodedString())\n".utf8)
  }

  /// Has the daemon at `port` classify a photo. Throws if it fails to.
  static func ask(at port: Int) throws {
    let connection = try ClientSocket(port: port, patience: 60)
    try connection.send(request(side: 1024))
    let line = String(decoding: try connection.receiveLine(), as: UTF8.self)
    guard line.contains("\"classes\":") else {
      throw ChildFailure(description: "CLASSIFY was answered by: \(line)")
    }
  }

  /// Returns a JPEG of `side` by `side` pixels: waves of brightness.
  static func photo(side: Int) -> [UInt8] {
    let samples = (0..<side * side * 3).map { place -> UInt8 in
      let (x, y, channel) = (Double(place / 3 % side), Double(place / 3 / side), place % 3)
      return UInt8(128 + 60 * sin(x * 0.11 + Double(channel)) + 60 * cos(y * 0.07 - x * 0.013))
    }
    return Image(width: side, height: side, channels: 3, samples: .uint8(samples)).jpeg(quality: 90)
  }
}
