import Errors
import Foundation
import ImageModels
import ImageReports
import Images
import ModelRegistry
import TensorCore

/// A folder for overlays that show where a model looks, one for each prediction: `photo.shoes.jpg`, in the same
/// subfolders as the image.
final class ExplanationFolder {
  private let folder: String
  private let names: [String]
  private let explainer: Explainer
  private var taken: Set<String> = []

  /// The longer side of an overlay in pixels, and the maximum number of overlays per image.
  private static let side = 512
  private static let limit = 8

  /// Creates the folder if it does not exist. Throws if that fails, or if the model's weights do not fit.
  init(_ folder: String, of model: ImageModel) throws {
    self.folder = folder
    names = model.description.task.outputNames
    explainer = try Explainer(model)
    try Self.make(folder)
  }

  private static func make(_ folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        "\(folder): no folder can be created there: \(error.localizedDescription)",
        remedy: "Name a folder with --explain that can be written to.")
    }
  }

  /// Writes the overlays of images for the outputs given with each, and returns their paths.
  func write(
    _ images: [(name: String, input: ModelInput, outputs: [Int])], on context: ComputeContext
  ) throws -> [[String]] {
    let questions = images.flatMap { image in
      image.outputs.prefix(Self.limit).map { Explainer.Question(image.input, output: $0) }
    }
    var overlays = try explainer.overlays(of: questions, side: Self.side, on: context)[...]
    return try images.map { image in
      try image.outputs.prefix(Self.limit).map { output in
        guard let overlay = overlays.popFirst() else { preconditionFailure("no overlay") }
        let path = path(of: image.name, names[output])
        try Self.make(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        let file = try OutputFile(path)
        try file.write(overlay.jpeg(quality: 90))
        try file.finish()
        return path
      }
    }
  }

  /// Returns a path that is unique among the overlays of this run.
  private func path(of image: String, _ output: String) -> String {
    let stem = image.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "/")
    let bare = URL(fileURLWithPath: "/" + stem).deletingPathExtension().path
    let word = String(output.map { $0.isLetter || $0.isNumber || "-_ ".contains($0) ? $0 : "_" })
      .prefix(60)
    var path = "\(folder)\(bare).\(word).jpg"
    var number = 2
    while !taken.insert(path).inserted {
      path = "\(folder)\(bare)-\(number).\(word).jpg"
      number += 1
    }
    return path
  }
}
