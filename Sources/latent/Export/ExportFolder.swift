import Errors
import Foundation

/// A folder that appears atomically: its files are written to a hidden folder beside it.
final class ExportFolder {
  private let path: String
  private let hidden: String
  private var names: [String] = []

  /// Creates the hidden folder. Throws if `path` exists and is not an empty folder, if nothing can be written beside
  /// it, or if it is in the folder of models `models`, where it would be taken for a model.
  init(_ path: String, outside models: String) throws {
    self.path = path
    let place = URL(fileURLWithPath: path)
    guard !Self.components(of: path).starts(with: Self.components(of: models)) else {
      throw CommandFailure(
        "\(path) is in the models folder, \(models)", remedy: "Name a folder elsewhere with --out.")
    }
    hidden = AbandonedFiles(
      named: place.deletingLastPathComponent().path
        + "/.\(place.lastPathComponent).latent-export-", ""
    ).newName()
    let held = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard !FileManager.default.fileExists(atPath: path) || (held.isEmpty && isFolder(path)) else {
      throw CommandFailure(
        "\(path) exists, and is not an empty folder", remedy: "Name a new folder with --out.")
    }
    guard mkdir(hidden, 0o777) == 0 else {
      throw CommandFailure(
        "no folder can be created beside \(path): \(SystemError())",
        remedy: "Name one in a folder that exists and can be written to.")
    }
  }

  /// Returns the components of a path with links resolved; the last one need not exist.
  private static func components(of path: String) -> [String] {
    let place = URL(fileURLWithPath: path).standardizedFileURL
    return place.deletingLastPathComponent().resolvingSymlinksInPath()
      .appendingPathComponent(place.lastPathComponent).resolvingSymlinksInPath().pathComponents
  }

  deinit { try? FileManager.default.removeItem(atPath: hidden) }

  /// Writes a file, in pieces that `body` adds.
  func write(_ name: String, _ body: (inout File) throws -> Void) throws {
    names.append(name)
    var file = try File("\(hidden)/\(name)", shownAs: "\(path)/\(name)")
    try body(&file)
    try file.flush()
  }

  /// Renames the folder to its final name, and returns the names of its files.
  func putInPlace() throws -> [String] {
    guard rename(hidden, path) == 0 else {
      throw CommandFailure(
        "the export can't be given the name \(path): \(SystemError())",
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

extension ExportFolder {
  /// A file of an export, which is written in pieces of a megabyte.
  struct File: ~Copyable {
    private let descriptor: Int32
    private let name: String
    private var pending: [UInt8] = []

    init(_ path: String, shownAs name: String) throws {
      self.name = name
      descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw Self.failure(name) }
    }

    deinit { close(descriptor) }

    /// Adds text.
    mutating func add(_ text: String) throws { try add(Array(text.utf8)) }

    /// Adds the bytes of numbers in native byte order.
    mutating func add<Number: BitwiseCopyable>(_ numbers: [Number]) throws {
      numbers.withUnsafeBytes { pending.append(contentsOf: $0) }
      if pending.count >= 1 << 20 { try flush() }
    }

    /// Writes the pending bytes.
    mutating func flush() throws {
      if let error = writeAll(pending, to: descriptor) {
        throw Self.failure(name, error)
      }
      pending.removeAll(keepingCapacity: true)
    }

    private static func failure(
      _ name: String, _ error: SystemError = SystemError()
    ) -> CommandFailure {
      CommandFailure(
        "\(name) can't be written: \(error)",
        remedy: "Make room, or name another folder with --out.")
    }
  }
}
