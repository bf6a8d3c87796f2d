import Foundation
import ImageModels
import Images
import ModelRegistry
import Ratings
import TensorCore

/// A made-up model of images, a ResNet-18 of random weights, and photos to ask it of.
enum SyntheticImageModel {
  /// What it is served as.
  static let name = "images"
  /// What a daemon has to be told to serve it behind the recommender.
  static let arguments = ["--name", "recommender", "--name", name]

  /// Puts it in service in the registry at `folder`.
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

  /// A line that asks it of a photo of `side` pixels along each side, in base64.
  static func request(side: Int) -> [UInt8] {
    Array("CLASSIFY \(name) IMAGE \(Data(photo(side: side)).base64EncodedString())\n".utf8)
  }

  /// Has the daemon at `port` answer for a photo. Throws where it does not.
  static func ask(at port: Int) throws {
    let connection = try ClientSocket(port: port, patience: 60)
    try connection.send(request(side: 1024))
    let line = String(decoding: try connection.receiveLine(), as: UTF8.self)
    guard line.contains("\"classes\":") else {
      throw ChildFailure(description: "a photo is answered by: \(line)")
    }
  }

  /// A photo of `side` pixels along each side, as a JPEG: waves of brightness.
  static func photo(side: Int) -> [UInt8] {
    let samples = (0..<side * side * 3).map { place -> UInt8 in
      let (x, y, channel) = (Double(place / 3 % side), Double(place / 3 / side), place % 3)
      return UInt8(128 + 60 * sin(x * 0.11 + Double(channel)) + 60 * cos(y * 0.07 - x * 0.013))
    }
    return Image(width: side, height: side, channels: 3, samples: .uint8(samples)).jpeg(quality: 90)
  }
}
