import ArgumentParser
import Foundation
import ModelRegistry
import Recommenders

extension Export {
  /// `latent export model`: what the version in service has learned.
  struct Model: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the vectors, biases and ids of the version in service into a folder.",
      discussion: """
        Into FOLDER, which must not be there or be empty: items and users, each with id, bias and vector, the items \
        with title and number of ratings, too. As csv: items.csv, users.csv. As npy, for NumPy: item_vectors.npy, \
        item_biases.npy, item_ids.npy (integers) or item_ids.txt (a line each), and the same of users. As sql: items.sql and \
        users.sql, which psql runs: tables latent_item and latent_user, with vectors in pgvector's text form (to search by them: \
        alter table latent_item alter vector type vector(64) using vector::vector).

        Of item-item, which has weights between items instead of vectors: weights as triples of item, other and weight, \
        as npy in the three arrays of scipy.sparse.csr_matrix. Users' vectors are data of persons, \
        and `latent forget` does not reach what was exported.
        """)

    @Option(help: ArgumentHelp("The folder to write into.", valueName: "folder"))
    var out: String
    @Option(help: ArgumentHelp("How to write it: csv, npy or sql.", valueName: "format"))
    var format = ModelExportFormat.csv
    @Flag(help: "Export the model that predicts, where another makes the lists.")
    var predictor = false
    @Flag(help: "Leave the users out.")
    var withoutUsers = false
    @OptionGroup var model: ModelOptions

    func run() throws {
      let models = try model.modelsInService()
      guard !predictor || models.count > 1 else {
        throw CommandFailure(
          "the version in service has one model, \(models[0].kind), for all",
          remedy: "Leave out --predictor.")
      }
      let exported = predictor ? models[1] : models[0]
      let folder = try ExportFolder(out)
      try ModelExport(exported, withUsers: !withoutUsers).write(as: format, into: folder)
      let files = try folder.putInPlace()
      StandardError.write(
        "wrote \(files.joined(separator: ", ")) of \(exported.kind) into \(out)\n")
    }
  }
}

/// A folder whose files appear all at once: they are written beside it under a hidden name.
final class ExportFolder {
  private let path: String
  private let hidden: String
  private var names: [String] = []

  /// Throws where something stands at `path`, or nothing can be written beside it.
  init(_ path: String) throws {
    self.path = path
    let place = URL(fileURLWithPath: path)
    hidden =
      place.deletingLastPathComponent().path
      + "/.\(place.lastPathComponent).latent-export-\(getpid())"
    let held = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard !FileManager.default.fileExists(atPath: path) || (held.isEmpty && isFolder(path)) else {
      throw CommandFailure(
        "\(path) is there, and not an empty folder", remedy: "Name a new folder with --out.")
    }
    do {
      try FileManager.default.createDirectory(atPath: hidden, withIntermediateDirectories: false)
    } catch {
      throw CommandFailure(
        "no folder can be made beside \(path): \(error.localizedDescription)",
        remedy: "Name one in a folder that is there and may be written to.")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: hidden) }

  /// Writes a file, in pieces that `body` hands over.
  func write(_ name: String, _ body: (inout ExportFile) throws -> Void) throws {
    names.append(name)
    var file = try ExportFile("\(hidden)/\(name)", shownAs: "\(path)/\(name)")
    try body(&file)
    try file.close()
  }

  /// Gives the folder its name, and returns those of its files.
  func putInPlace() throws -> [String] {
    guard rename(hidden, path) == 0 else {
      throw CommandFailure(
        "the export can't be given the name \(path): \(String(cString: strerror(errno)))",
        remedy: "Name another folder with --out.")
    }
    return names
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

/// A file that is written in pieces, a megabyte at a time.
struct ExportFile: ~Copyable {
  private let handle: FileHandle
  private let name: String
  private var pending = Data()

  init(_ path: String, shownAs name: String) throws {
    self.name = name
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else {
      throw CommandFailure("\(name) can't be written", remedy: "Name another folder with --out.")
    }
    self.handle = handle
  }

  /// Adds text.
  mutating func add(_ text: String) throws { try add(Data(text.utf8)) }

  /// Adds the bytes of numbers as they stand in memory.
  mutating func add<Number: BitwiseCopyable>(_ numbers: [Number]) throws {
    try add(numbers.withUnsafeBytes { Data($0) })
  }

  private mutating func add(_ data: Data) throws {
    pending.append(data)
    if pending.count >= 1 << 20 { try flush() }
  }

  private mutating func flush() throws {
    do { try handle.write(contentsOf: pending) } catch {
      throw CommandFailure(
        "\(name) can't be written: \(error.localizedDescription)",
        remedy: "Make room, or name another folder with --out.")
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// Writes what is left.
  mutating func close() throws {
    try flush()
    try? handle.close()
  }
}
