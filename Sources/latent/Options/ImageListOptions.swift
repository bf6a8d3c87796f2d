import ArgumentParser
import Errors
import Foundation
import ImageData
import ImageModels
import Images
import Learning
import RatingsFiles
import TensorCore

/// An image with an id.
struct ListedImage: Sendable {
  let id: String
  let path: String
}

/// Options for a list of images with ids, which a model predicts in batches.
struct ImageListOptions: ParsableArguments {
  /// How to derive an image's id without a table.
  enum FolderIDs {
    /// The path in the folder.
    case paths
    /// The path in the folder without the extension: `42` for `42.jpg`.
    case stems
  }

  @Argument(help: "The folder with the images.")
  var folder: String

  @Option(
    help: ArgumentHelp(
      "A table with a row per image: CSV, TSV or JSON (default: all images in the folder and its subfolders).",
      valueName: "file"))
  var items: String?

  @Option(help: ArgumentHelp("The table's column of ids.", valueName: "name"))
  var idColumn = "item"

  @Option(
    help: ArgumentHelp("The table's column of paths, relative to the folder.", valueName: "name"))
  var imageColumn = "image"

  @OptionGroup var broken: BrokenImageOptions

  @Option(help: "The number of images to predict at a time.")
  var batchSize = 16

  @OptionGroup var limits: ImageLimitOptions

  func validate() throws {
    guard (1...4096).contains(batchSize) else {
      throw ValidationError("--batch-size must be from 1 to 4096.")
    }
  }

  /// Returns the images. Throws if ids are not unique, or not of 1 to `idLimit` bytes.
  func images(_ folderIDs: FolderIDs, idLimit: Int) throws -> [ListedImage] {
    // Ids are compared by their bytes; Swift's strings compare by canonical equivalence.
    var seen: Set<[UInt8]> = []
    func image(_ id: String, _ path: String, at place: String) throws -> ListedImage {
      guard (1...idLimit).contains(id.utf8.count) else {
        throw CommandFailure(
          "\(place): the id '\(Excerpt.of(id))' has \(id.utf8.count) bytes",
          remedy: "Give each image an id of 1 to \(idLimit) bytes.")
      }
      guard seen.insert(Array(id.utf8)).inserted else {
        throw CommandFailure(
          "\(place): the id '\(Excerpt.of(id))' appears twice",
          remedy: "Give each image an id of its own.")
      }
      return ListedImage(id: id, path: path)
    }
    guard let items else {
      return try FolderWalk(folder).files.filter { ImageFormat.named($0) != nil }.map { name in
        switch folderIDs {
        case .paths: try image(name, "\(folder)/\(name)", at: "\(folder)/\(name)")
        case .stems:
          try image(
            (name as NSString).deletingPathExtension, "\(folder)/\(name)", at: "\(folder)/\(name)")
        }
      }
    }
    do {
      let table = try TextTable(path: items)
      let idColumn = try column(idColumn, of: table, option: "--id-column")
      let imageColumn = try column(imageColumn, of: table, option: "--image-column")
      return try (0..<table.rowCount).map { row in
        let path = table[row, imageColumn]
        return try image(
          table[row, idColumn], path.hasPrefix("/") ? path : "\(folder)/\(path)",
          at: "\(table.name), line \(table.lines[row])")
      }
    } catch let error as RatingsFileError {
      throw CommandFailure("\(error.place): \(error.problem)", remedy: error.remedy)
    }
  }

  private func column(
    _ name: String, of table: TextTable, option: String
  ) throws(CommandFailure) -> Int {
    do throws(ImageDataError) { return try ImageItems.column(name, of: table) } catch {
      throw CommandFailure(
        "\(error.place): \(error.problem)", remedy: "\(error.remedy) The option is \(option).")
    }
  }

  /// Calls `body` with the ids and the model inputs of `images`, a batch at a time. An image that can't be read is an
  /// error, or is left out and listed while there are few. If interrupted, throws between two batches, and the message
  /// contains `written`.
  func forEachBatch(
    of images: [ListedImage], for model: ImageModel, on context: ComputeContext,
    written: String,
    _ body: (_ ids: [String], [ModelInput]) throws -> Void
  ) throws {
    let interruption = Interruption()
    defer { withExtendedLifetime(interruption) {} }
    let decoder = limits.decoder
    var skipped = broken.broken(of: images.count)
    for from in stride(from: 0, to: images.count, by: batchSize) {
      guard !interruption.flag.isCancelled else {
        throw CommandFailure("interrupted: \(written)", remedy: "Run it again.")
      }
      let batch = Array(images[from..<min(from + batchSize, images.count)])
      let decoded = model.inputs(ofFilesAt: batch.map(\.path), by: decoder, on: context)
      var (ids, inputs) = ([String](), [ModelInput]())
      for (position, result) in decoded.enumerated() {
        switch result {
        case .success(let input):
          ids.append(batch[position].id)
          inputs.append(input)
        case .failure(let error): try skipped.add(from + position, error)
        }
      }
      if !inputs.isEmpty { try body(ids, inputs) }
    }
    if let words = skipped.words { StandardError.write("warning: \(words)\n") }
  }
}
