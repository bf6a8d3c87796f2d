import Errors
import Foundation

/// The versions of one model, and which of them is in service.
///
/// A version is a folder that appears complete, under a number of its own, and is not changed from
/// then on. Readers need no lock.
package struct ModelVersions: Sendable {
  /// The name they go by.
  package let name: ModelName
  /// The registry they are in.
  package let registry: ModelRegistry
  /// The folder of that name in the registry.
  let folder: String

  /// The versions that go by `name` in `registry`.
  init(name: ModelName, registry: ModelRegistry) {
    self.name = name
    self.registry = registry
    folder = "\(registry.folder)/\(name)"
  }

  /// The file of `version` for `role`, which need not be there.
  package func modelPath(of version: Int, _ role: ModelRole = .main) -> String {
    versionFolder(version) + "/" + role.fileName
  }

  /// The numbers of all versions, ascending; none when there is no such name.
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

  /// What is recorded of `version`.
  ///
  /// Throws ``ModelFileErrorCode/missing`` when there is no such version, and
  /// ``ModelFileErrorCode/badManifest`` when its manifest is another version's.
  package func manifest(of version: Int) throws(ModelFileError) -> Manifest {
    try checkThere(version)
    let path = manifestPath(of: version)
    let manifest = try explainingDamage(to: version) { () throws(ModelFileError) in
      try Manifest(reading: path)
    }
    guard manifest.version == version, manifest.name == name.text else {
      throw ModelFileError(
        .badManifest, "the manifest is of \(manifest.name) \(manifest.version)", place: path,
        remedy: "Undo the renaming of the folder, or train again.")
    }
    return manifest
  }

  /// Checks that there is `version`, whatever state it is in.
  ///
  /// Throws ``ModelFileErrorCode/missing`` when there is none.
  package func checkThere(_ version: Int) throws(ModelFileError) {
    guard try Folder.isFolder(versionFolder(version)) else {
      throw ModelFileError(
        .missing, "there is no version \(version)", place: folder,
        remedy: wording(of: .list))
    }
  }

  /// The model of `version` for `role`, opened without reading it through.
  ///
  /// Throws as ``ModelRegistry/open(_:)`` does, with the remedy for what is in service.
  package func open(
    _ version: Int, _ role: ModelRole = .main
  ) throws(ModelFileError) -> any PublishedModel {
    try checkThere(version)
    return try explainingDamage(to: version) { () throws(ModelFileError) in
      try registry.open(modelPath(of: version, role))
    }
  }

  /// Checks that the files of `version` are those that were published, and that their contents make
  /// sense. O(size of the files).
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
            .badManifest, "its kind is \(model.kind), and \(manifest.kind) by the manifest",
            model.path)
        }
        try model.verifyContents()
      }
    }
  }

  /// Checks that the files of `version` are those that were published: their sizes and SHA-256, for
  /// which they are read through.
  ///
  /// Throws ``ModelFileErrorCode/truncated`` or ``ModelFileErrorCode/altered``.
  func verifyFiles(of version: Int) throws(ModelFileError) {
    for file in try manifest(of: version).files {
      try explainingDamage(to: version) { () throws(ModelFileError) in
        try Self.verify(modelPath(of: version, file.role), is: file.digest)
      }
    }
  }

  /// Checks that the files of `version` are there, with a manifest that says their sizes: what can be
  /// told without reading them.
  ///
  /// Throws ``ModelFileErrorCode/altered`` when one has another size, else as ``manifest(of:)``.
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

  /// Checks that the file at `path` has this digest.
  static func verify(_ path: String, is expected: FileDigest) throws(ModelFileError) {
    let found = try FileDigest(ofFile: path)
    guard found != expected else { return }
    let remedy = "Write it again, and look at the system's log for trouble with the disk."
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

  /// The link to the version in service, which need not be there.
  package var currentPath: String { folder + "/current" }
  /// What was in service; see ``ServiceHistory``.
  var historyPath: String { "\(folder)/\(ServiceHistory.fileName)" }
  var stagingFolder: String { folder + "/staging" }
  func versionFolder(_ version: Int) -> String { folder + "/" + VersionNumber.linkTarget(version) }
  func manifestPath(of version: Int) -> String { versionFolder(version) + "/manifest.json" }
}

extension ModelVersions {
  /// `versions` by when their models were trained, the oldest first: a version stands where the one
  /// that it replaces stood.
  package func inOrderOfTraining(_ versions: [Int]) -> [Int] {
    let keyed = versions.map { version in
      (version: version, trainedAs: scrubbing(of: version)?.trainedAs ?? version)
    }
    return keyed.sorted { ($0.trainedAs, $0.version) < ($1.trainedAs, $1.version) }.map(\.version)
  }

  /// What `version` replaces; nil when it replaces none, or has no manifest that can be read.
  func scrubbing(of version: Int) -> Scrubbing? {
    (try? Manifest(reading: manifestPath(of: version)))?.scrubbing
  }
}

/// How a version's number is written: in six digits at least, so that they sort as text.
enum VersionNumber {
  /// The numbers there can be.
  static let range = 1...999_999_999

  /// The name of a version's folder.
  static func text(_ version: Int) -> String {
    String(format: "%06d", version)
  }

  /// What `current` holds when `version` is in service.
  static func linkTarget(_ version: Int) -> String { "versions/" + text(version) }

  /// The number that a folder's name says; nil unless it is written just so.
  static func parse(_ text: String) -> Int? {
    guard let version = Int(text), range.contains(version), self.text(version) == text else {
      return nil
    }
    return version
  }

  /// The number that a link's target says; nil unless it is written just so, which leads nowhere
  /// else.
  static func parse(linkTarget: String) -> Int? {
    let prefix = "versions/"
    return linkTarget.hasPrefix(prefix) ? parse(String(linkTarget.dropFirst(prefix.count))) : nil
  }
}
