import Errors
import Foundation
import ModelRegistry
import Ratings

/// The contents of a backup's `backup.json`, which is written last: the files with their digests.
struct BackupManifest: Codable {
  /// A file of the backup.
  struct File: Codable {
    let sha256: String
    let byteCount: Int

    init(_ digest: FileDigest) { (sha256, byteCount) = (digest.sha256, digest.byteCount) }

    var digest: FileDigest { FileDigest(sha256: sha256, byteCount: byteCount) }
  }

  /// The version of the format, raised when a reader of the previous format would misread it.
  static let currentFormat = 1
  static let fileName = "backup.json"
  /// The maximum size of the file in bytes.
  private static let byteLimit = 1 << 26
  /// The folders within a backup.
  static let storeFolder = "store"
  static let modelsFolder = "models"

  var format = Self.currentFormat
  /// The start time in ISO 8601, UTC.
  let createdAt: String
  let latentVersion: String
  /// The store that was backed up, without passwords; nil if there was none.
  let store: String?
  /// The files, by their paths within the backup.
  var files: [String: File] = [:]
  /// The targets of links, by the links' paths within the backup.
  var links: [String: String] = [:]

  /// Creates the manifest of a new backup.
  init(createdAt: String, store: String?) {
    (self.createdAt, self.store) = (createdAt, store)
    latentVersion = programVersion
  }

  /// Reads the manifest of the backup at `folder`. Throws a ``CommandFailure`` if it is not a backup, or a newer
  /// Latent's.
  init(of folder: String) throws {
    let path = "\(folder)/\(Self.fileName)"
    func failure(_ problem: String, _ remedy: String) -> CommandFailure {
      CommandFailure("\(folder): \(problem)", remedy: remedy)
    }
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: Self.byteLimit)
    else {
      let error = SystemError()
      throw failure(
        error.number == EACCES
          ? "its \(Self.fileName) can't be read: \(error)"
          : "it is not a backup: there is no \(Self.fileName)",
        error.remedy(else: "Name a folder that `latent backup` wrote."))
    }
    struct Format: Decodable { let format: Int }
    guard let format = try? JSONDecoder().decode(Format.self, from: data).format else {
      throw failure("its \(Self.fileName) can't be read", "Use a whole backup.")
    }
    guard format <= Self.currentFormat else {
      throw failure("a newer Latent made it", "Use that one.")
    }
    do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
      throw failure("its \(Self.fileName) can't be read", "Use a whole backup.")
    }
    // A backup may come from anywhere: its paths must not lead out of it.
    for path in Array(files.keys) + Array(links.keys) + Array(links.values) {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard !parts.contains(where: { ["", ".", ".."].contains($0) }), !path.contains("\0") else {
        throw failure(
          "its \(Self.fileName) names a path that leads out of it", "Use another backup.")
      }
    }
  }

  /// Encodes the manifest as JSON.
  func encoded() -> String {
    guard let data = try? RecordCoding.encoder(.prettyPrinted).encode(self) else {
      preconditionFailure("texts and numbers can be written as JSON")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  /// Reads the files in `folder` completely, and throws unless they match their digests.
  func verify(in folder: String) throws {
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      let found: FileDigest
      do throws(ModelFileError) { found = try FileDigest(ofFile: "\(folder)/\(path)") } catch {
        throw CommandFailure("\(folder)/\(path): \(error.problem)", remedy: "Use a whole backup.")
      }
      guard found == file.digest else {
        throw CommandFailure(
          "\(folder)/\(path): it is not the file that was backed up (SHA-256)",
          remedy: "Use another backup, and check the disk.")
      }
    }
  }

  /// The number of versions of all models.
  var versionCount: Int { files.keys.count { $0.hasSuffix("/manifest.json") } }
  var hasModels: Bool { files.keys.contains { $0.hasPrefix(Self.modelsFolder + "/") } }
  var byteCount: Int { files.values.reduce(0) { $0 + $1.byteCount } }
}

/// The version of this program; within the manifest, a property of the same name hides the global.
private let programVersion = latentVersion
