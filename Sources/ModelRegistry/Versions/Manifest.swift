import Errors
import Foundation

/// What stands beside a version's model files: which files they are, and the run they came from.
package struct Manifest: Codable, Equatable, Sendable {
  /// Raised when a reader of the format before would misread a manifest.
  package static let currentFormat = 2

  /// A model file of a version.
  package struct File: Codable, Equatable, Sendable {
    /// What the file is for.
    package let role: ModelRole
    /// SHA-256 of the file in hexadecimal.
    package let sha256: String
    /// The file's size.
    package let byteCount: Int

    /// The file for `role`, which has that digest.
    package init(_ role: ModelRole, _ digest: FileDigest) {
      self.role = role
      sha256 = digest.sha256
      byteCount = digest.byteCount
    }

    /// The digest that the file must have.
    package var digest: FileDigest { FileDigest(sha256: sha256, byteCount: byteCount) }
  }

  /// The format that it was written in.
  package var format: Int
  /// The name the model goes by.
  package var name: String
  /// Counted from 1 for each name.
  package var version: Int
  /// `dot-bias`, `popularity` ...
  package var kind: String
  /// When the version was written, in ISO 8601, UTC.
  package var createdAt: String
  /// The version of the program that wrote it.
  package var latentVersion: String
  /// The model files: ``ModelRole/main`` first, the others in the order of their roles.
  package var files: [File]
  /// The training that made the model, as it stood when the version was written: whether that went in
  /// service is known only afterwards.
  package var run: TrainingRun
  /// What the version replaces; nil unless a person was taken out of that one to make it.
  package var scrubbing: Scrubbing?

  /// The size of all model files.
  package var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

  /// The file whose figures are recorded of those that are served as `role`.
  package func judgedRole(of role: ModelRole = .main) -> ModelRole {
    digest(of: role.judged) == nil ? role : role.judged
  }

  /// The digest of the file for `role`; nil when there is none.
  package func digest(of role: ModelRole = .main) -> FileDigest? {
    files.first { $0.role == role }?.digest
  }
}

/// What a version replaces that is another one with a person taken out of it.
package struct Scrubbing: Codable, Equatable, Sendable {
  /// The version that had the person, whose files are removed.
  package var replaces: Int
  /// The version that the training wrote: the one that is replaced, unless that replaced another.
  package var trainedAs: Int

  /// Of a version that replaces `replaces`, which was trained as `trainedAs`.
  package init(replaces: Int, trainedAs: Int) {
    self.replaces = replaces
    self.trainedAs = trainedAs
  }
}

extension Manifest {
  /// The largest manifest that is read, in bytes.
  private static let byteLimit = 1 << 20

  /// Reads the manifest at `path`.
  ///
  /// Throws ``ModelFileError`` when it is not there, no manifest
  /// (``ModelFileErrorCode/badManifest``) or a newer Latent's (``ModelFileErrorCode/tooNew``).
  init(reading path: String) throws(ModelFileError) {
    func bad(_ problem: String) -> ModelFileError {
      ModelFileError(
        .badManifest, problem, place: path,
        remedy: "Use a whole copy of it, or train again.")
    }
    let file: MappedFile
    do throws(ModelFileError) { file = try MappedFile(path) } catch {
      throw error.code == .truncated ? bad("the manifest is empty") : error
    }
    guard file.byteCount <= Self.byteLimit else {
      throw bad("the manifest has \(file.byteCount) bytes, and \(Self.byteLimit) is the most")
    }
    let data = file.withBytes { Data($0) }
    let decoder = RecordCoding.decoder()
    struct Format: Decodable { let format: Int }
    guard let format = try? decoder.decode(Format.self, from: data).format, format >= 1 else {
      throw bad("not a manifest: a JSON object with a format from 1")
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
      throw bad("not a manifest: it names no model file that is the main one, or one twice")
    }
  }

  /// The manifest as JSON for people and programs, its members in order of their names.
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
    default: "it is not the JSON it should be"
    }
  }
}
