import Errors
import Foundation

/// The manifest next to a version's model files: their list, and the training run that produced them.
package struct Manifest: Codable, Equatable, Sendable {
  /// The current format. Incremented when older readers would misread a manifest.
  package static let currentFormat = 2

  /// A model file of a version.
  package struct File: Codable, Equatable, Sendable {
    /// The purpose of the file.
    package let role: ModelRole
    /// The SHA-256 of the file in hexadecimal.
    package let sha256: String
    /// The size of the file.
    package let byteCount: Int

    /// Creates an entry for `role` with the given digest.
    package init(_ role: ModelRole, _ digest: FileDigest) {
      self.role = role
      sha256 = digest.sha256
      byteCount = digest.byteCount
    }

    /// The expected digest of the file.
    package var digest: FileDigest { FileDigest(sha256: sha256, byteCount: byteCount) }
  }

  /// The format of this manifest.
  package var format: Int
  /// The name of the model.
  package var name: String
  /// The version number, from 1 for each name.
  package var version: Int
  /// The kind of model: `dot-bias`, `popularity` ...
  package var kind: String
  /// When the version was written, in ISO 8601, UTC.
  package var createdAt: String
  /// The version of the program that wrote the manifest.
  package var latentVersion: String
  /// The model files: ``ModelRole/main`` first, the others in the order of their roles.
  package var files: [File]
  /// The training that produced the model, as of when the version was written. Whether the version went into service
  /// is decided only afterwards.
  package var run: TrainingRun
  /// The version that this one replaces; nil unless it was made by removing a person from that version.
  package var scrubbing: Scrubbing?

  /// The total size of all model files.
  package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

  /// Returns the role of the file whose metrics are recorded for the model served as `role`.
  package func judgedRole(of role: ModelRole = .main) -> ModelRole {
    digest(of: role.judged) == nil ? role : role.judged
  }

  /// Returns the digest of the file for `role`, or nil if there is none.
  package func digest(of role: ModelRole = .main) -> FileDigest? {
    files.first { $0.role == role }?.digest
  }
}

/// The origin of a version made by removing a person from another version.
package struct Scrubbing: Codable, Equatable, Sendable {
  /// The version that contained the person. Its files are removed.
  package var replaces: Int
  /// The version that the training wrote: the replaced version, unless that was itself a replacement.
  package var trainedAs: Int

  /// Creates the record of a version that replaces `replaces` and was trained as `trainedAs`.
  package init(replaces: Int, trainedAs: Int) {
    self.replaces = replaces
    self.trainedAs = trainedAs
  }
}

extension Manifest {
  /// The maximum size of a manifest that is read, in bytes.
  private static let byteLimit = 1 << 20

  /// Reads the manifest at `path`.
  ///
  /// Throws ``ModelFileError`` if it does not exist, is not a manifest (``ModelFileErrorCode/badManifest``) or was
  /// written by a newer Latent (``ModelFileErrorCode/tooNew``).
  init(reading path: String) throws(ModelFileError) {
    func bad(_ problem: String) -> ModelFileError {
      ModelFileError(
        .badManifest, problem, place: path,
        remedy: "Use an intact copy of it, or train again.")
    }
    let file: MappedFile
    do throws(ModelFileError) { file = try MappedFile(path) } catch {
      throw error.code == .truncated ? bad("the manifest is empty") : error
    }
    guard file.byteCount <= Self.byteLimit else {
      throw bad("the manifest has \(file.byteCount) bytes; the limit is \(Self.byteLimit)")
    }
    let data = file.withBytes { Data($0) }
    let decoder = RecordCoding.decoder()
    struct Format: Decodable { let format: Int }
    guard let format = try? decoder.decode(Format.self, from: data).format, format >= 1 else {
      throw bad("not a manifest, which is a JSON object with a format of 1 or more")
    }
    guard format <= Self.currentFormat else {
      throw ModelFileError(
        .tooNew,
        "the manifest's format is \(format), and this Latent reads up to \(Self.currentFormat)",
        place: path, remedy: "Use the Latent that wrote it, or a newer one.")
    }
    do {
      self =
        format == 1
        ? Manifest(try decoder.decode(Version01.Manifest.self, from: data))
        : try decoder.decode(Manifest.self, from: data)
    } catch {
      throw bad("not a manifest: \(Self.reason(of: error))")
    }
    guard files.first?.role == .main, Set(files.map(\.role)).count == files.count else {
      throw bad(
        "not a manifest: its first file is not the main model, or two files have the same role")
    }
  }

  /// Returns the manifest as indented JSON with sorted keys.
  func encoded() throws(ModelFileError) -> [UInt8] {
    do {
      return Array(try RecordCoding.encoder(.prettyPrinted).encode(self)) + [UInt8(ascii: "\n")]
    } catch {
      throw ModelFileError(
        .badManifest, "can't be written as JSON: \(error)", place: "\(name) \(version)",
        remedy: "Report this with the run's parameters.")
    }
  }

  private static func reason(of error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of the wrong type"
    default: "its JSON is invalid"
    }
  }
}
