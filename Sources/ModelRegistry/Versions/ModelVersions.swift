import Errors
import Foundation

/// The versions of a model, and which of them is in service.
///
/// A version is a folder that appears complete under its own number and never changes afterwards. Readers need no
/// lock.
package struct ModelVersions: Sendable {
  /// The name of the model.
  package let name: ModelName
  /// The registry that contains them.
  package let registry: ModelRegistry
  /// The folder of the model in the registry.
  let folder: String

  /// Creates a view of the versions of the model called `name` in `registry`.
  init(name: ModelName, registry: ModelRegistry) {
    self.name = name
    self.registry = registry
    folder = "\(registry.folder)/\(name)"
  }

  /// Returns the path of the file of `version` for `role`, which need not exist.
  package func modelPath(of version: Int, _ role: ModelRole = .main) -> String {
    versionFolder(version) + "/" + role.fileName
  }

  /// Returns the numbers of all versions, ascending. Empty if there is no model of that name.
  package func all() throws(ModelFileError) -> [Int] {
    var versions: [Int] = []
    for entry in try Folder.contents(of: folder + "/versions") {
      guard let version = VersionNumber.parse(entry),
        try Folder.isFolder(versionFolder(version))
      else { continue }
      versions.append(version)
    }
    return versions.sorted()
  }

  /// Returns the manifest of `version`.
  ///
  /// Throws ``ModelFileErrorCode/missing`` if there is no such version, and ``ModelFileErrorCode/badManifest`` if its
  /// manifest belongs to another version.
  package func manifest(of version: Int) throws(ModelFileError) -> Manifest {
    try checkThere(version)
    let path = manifestPath(of: version)
    let manifest = try explainingDamage(to: version) { () throws(ModelFileError) in
      try Manifest(reading: path)
    }
    guard manifest.version == version, manifest.name == name.text else {
      throw ModelFileError(
        .badManifest, "the manifest is for \(manifest.name) \(manifest.version)", place: path,
        remedy: "Undo the renaming of the folder, or train again.")
    }
    return manifest
  }

  /// Checks that `version` exists, whatever its state.
  ///
  /// Throws ``ModelFileErrorCode/missing`` if it does not.
  package func checkThere(_ version: Int) throws(ModelFileError) {
    guard try Folder.isFolder(versionFolder(version)) else {
      throw ModelFileError(
        .missing, "there is no version \(version)", place: folder,
        remedy: wording(of: .list))
    }
  }

  /// Opens the model of `version` for `role` without reading all of it.
  ///
  /// Throws as ``ModelRegistry/open(_:)`` does, with a remedy that fits what is in service.
  package func open(
    _ version: Int, _ role: ModelRole = .main
  ) throws(ModelFileError) -> any PublishedModel {
    try checkThere(version)
    return try explainingDamage(to: version) { () throws(ModelFileError) in
      try registry.open(modelPath(of: version, role))
    }
  }

  /// Checks that the files of `version` are those that were published and that their contents are consistent. O(size
  /// of the files).
  ///
  /// Throws as ``verifyFiles(of:)``, ``open(_:_:)`` and ``PublishedModel/verifyContents()`` do.
  package func verify(_ version: Int) throws(ModelFileError) {
    try verifyFiles(of: version)
    let manifest = try manifest(of: version)
    for file in manifest.files {
      let model = try open(version, file.role)
      try explainingDamage(to: version) { () throws(ModelFileError) in
        guard file.role != .main || model.kind == manifest.kind else {
          throw .damaged(
            .badManifest, "its kind is \(model.kind), but \(manifest.kind) in the manifest",
            model.path)
        }
        try model.verifyContents()
      }
    }
  }

  /// Checks that the files of `version` are those that were published, by size and SHA-256. Reads all of them.
  ///
  /// Throws ``ModelFileErrorCode/truncated`` or ``ModelFileErrorCode/altered``, or as ``manifest(of:)`` does.
  func verifyFiles(of version: Int) throws(ModelFileError) {
    for file in try manifest(of: version).files {
      try explainingDamage(to: version) { () throws(ModelFileError) in
        try Self.verify(modelPath(of: version, file.role), is: file.digest)
      }
    }
  }

  /// Checks that the files of `version` exist with the sizes in the manifest, without reading them.
  ///
  /// Throws ``ModelFileErrorCode/altered`` if the size of a file differs, and otherwise as ``manifest(of:)`` does.
  package func verifySize(of version: Int) throws(ModelFileError) {
    for file in try manifest(of: version).files {
      let path = modelPath(of: version, file.role)
      try explainingDamage(to: version) { () throws(ModelFileError) in
        let byteCount = try MappedFile(path).byteCount
        guard byteCount == file.byteCount else {
          throw .damaged(
            .altered, "it has \(byteCount) bytes and had \(file.byteCount) when published", path)
        }
      }
    }
  }

  /// Checks that the file at `path` has the expected digest.
  static func verify(_ path: String, is expected: FileDigest) throws(ModelFileError) {
    let found = try FileDigest(ofFile: path)
    guard found != expected else { return }
    let remedy = "Write it again, and check the system log for disk errors."
    guard found.byteCount == expected.byteCount else {
      throw ModelFileError(
        found.byteCount < expected.byteCount ? .truncated : .altered,
        "it has \(found.byteCount) bytes and had \(expected.byteCount) when published",
        place: path, remedy: remedy)
    }
    throw ModelFileError(
      .altered, "its SHA-256 is \(found.sha256) and was \(expected.sha256) when published",
      place: path, remedy: remedy)
  }

  /// The path of the link to the version in service, which need not exist.
  package var currentPath: String { folder + "/current" }
  /// The path of the history; see ``ServiceHistory``.
  var historyPath: String { "\(folder)/\(ServiceHistory.fileName)" }
  var stagingFolder: String { folder + "/staging" }
  func versionFolder(_ version: Int) -> String { folder + "/" + VersionNumber.linkTarget(version) }
  func manifestPath(of version: Int) -> String { versionFolder(version) + "/manifest.json" }
}

extension ModelVersions {
  /// Returns `versions` in the order of training, oldest first. A replacement counts as the version it replaces.
  package func inOrderOfTraining(_ versions: [Int]) -> [Int] {
    let keyed = versions.map { version in
      (version: version, trainedAs: scrubbing(of: version)?.trainedAs ?? version)
    }
    return keyed.sorted { ($0.trainedAs, $0.version) < ($1.trainedAs, $1.version) }.map(\.version)
  }

  /// Returns the record of what `version` replaces, or nil if it replaces none or its manifest cannot be read.
  func scrubbing(of version: Int) -> Scrubbing? {
    (try? Manifest(reading: manifestPath(of: version)))?.scrubbing
  }
}

/// The text form of version numbers: at least six digits, so that they sort as text.
enum VersionNumber {
  /// The valid version numbers.
  static let range = 1...999_999_999

  /// Returns the name of a version's folder.
  static func text(_ version: Int) -> String {
    String(format: "%06d", version)
  }

  /// Returns the target of `current` when `version` is in service.
  static func linkTarget(_ version: Int) -> String { "versions/" + text(version) }

  /// Parses the name of a version's folder. Nil unless it is in the exact form that ``text(_:)`` writes.
  static func parse(_ text: String) -> Int? {
    guard let version = Int(text), range.contains(version), self.text(version) == text else {
      return nil
    }
    return version
  }

  /// Parses the target of a link. Nil unless it is in the exact form that ``linkTarget(_:)`` writes, which cannot
  /// lead elsewhere.
  static func parse(linkTarget: String) -> Int? {
    let prefix = "versions/"
    return linkTarget.hasPrefix(prefix) ? parse(String(linkTarget.dropFirst(prefix.count))) : nil
  }
}
