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
  let registry: ModelRegistry
  /// The folder of that name in the registry.
  let folder: String

  /// The versions that go by `name` in `registry`.
  init(name: ModelName, registry: ModelRegistry) {
    self.name = name
    self.registry = registry
    folder = "\(registry.folder)/\(name)"
  }

  /// The file of `version`, which need not be there.
  package func modelPath(of version: Int) -> String {
    versionFolder(version) + "/model.safetensors"
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

  /// Holds that there is `version`, whatever state it is in.
  ///
  /// Throws ``ModelFileErrorCode/missing`` when there is none.
  package func checkThere(_ version: Int) throws(ModelFileError) {
    guard try Folder.isFolder(versionFolder(version)) else {
      throw ModelFileError(
        .missing, "there is no version \(version)", place: folder,
        remedy: "See `\(command("models list"))`.")
    }
  }

  /// Checks that the file of `version` is the one that was published, and that its contents make
  /// sense. O(file size).
  ///
  /// Throws as ``verifyFile(of:)``, ``open(_:)`` and ``PublishedModel/verifyContents()`` do.
  @discardableResult
  package func verify(_ version: Int) throws(ModelFileError) -> Manifest {
    let manifest = try verifyFile(of: version)
    try explainingDamage(to: version) { () throws(ModelFileError) in
      try registry.open(modelPath(of: version)).verifyContents()
    }
    return manifest
  }

  /// Checks that the file of `version` is the one that was published: its size and SHA-256, for
  /// which it is read through.
  ///
  /// Throws ``ModelFileErrorCode/truncated`` or ``ModelFileErrorCode/altered``.
  func verifyFile(of version: Int) throws(ModelFileError) -> Manifest {
    let manifest = try manifest(of: version)
    try explainingDamage(to: version) { () throws(ModelFileError) in
      try Self.verify(modelPath(of: version), is: manifest.digest)
    }
    return manifest
  }

  /// Holds that the file of `version` is there, with a manifest that says its size: what can be told
  /// without reading it.
  ///
  /// Throws ``ModelFileErrorCode/altered`` when it has another size, else as ``manifest(of:)``.
  package func verifySize(of version: Int) throws(ModelFileError) {
    let expected = try manifest(of: version).byteCount
    let path = modelPath(of: version)
    try explainingDamage(to: version) { () throws(ModelFileError) in
      let byteCount = try MappedFile(path).byteCount
      guard byteCount == expected else {
        throw .damaged(
          .altered, "it has \(byteCount) bytes and had \(expected) when published", path)
      }
    }
  }

  /// Holds that the file at `path` has this digest.
  static func verify(_ path: String, is expected: FileDigest) throws(ModelFileError) {
    let found = try FileDigest(ofFile: path)
    guard found != expected else { return }
    let remedy = "Write it again, and look at the system's log for trouble with the disk."
    guard found.byteCount >= expected.byteCount else {
      throw ModelFileError(
        .truncated, "it has \(found.byteCount) bytes and had \(expected.byteCount) when published",
        place: path, remedy: remedy)
    }
    throw ModelFileError(
      .altered, "its SHA-256 is \(found.sha256) and was \(expected.sha256) when published",
      place: path, remedy: remedy)
  }

  /// The version in service; nil when none was put in service yet.
  ///
  /// Takes a look at one link. Throws ``ModelFileErrorCode/badCurrent`` when `current` is not a
  /// link to a version, or to one that is not there.
  package func current() throws(ModelFileError) -> Int? {
    guard let target = try currentTarget() else { return nil }
    guard let version = VersionNumber.parse(linkTarget: target) else {
      throw badCurrent("links to what is no version of this model", to: target)
    }
    guard try Folder.isFolder(versionFolder(version)) else {
      throw badCurrent("links to version \(version), which is not there")
    }
    return version
  }

  /// Where `current` links to, whatever that is; nil when there is no `current`.
  func currentTarget() throws(ModelFileError) -> String? {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = target.withUnsafeMutableBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) {
        $0.baseAddress.map { readlink(currentPath, $0, Int(PATH_MAX)) } ?? -1
      }
    }
    guard length < 0 else { return String(decoding: target[..<length], as: UTF8.self) }
    switch errno {
    case ENOENT, ENOTDIR: return nil
    case EINVAL: throw badCurrent("is not a link")
    default: throw .system("read", errno, place: currentPath)
    }
  }

  /// What is wrong with the link, which leads to `target` if that is worth telling.
  func badCurrent(_ problem: String, to target: String? = nil) -> ModelFileError {
    ModelFileError(
      .badCurrent, problem, place: currentPath + (target.map { " -> \($0)" } ?? ""),
      remedy: "Go back with `\(command("models rollback"))`, or promote one of "
        + "`\(command("models list"))`, after removing what stands there if it is no link.")
  }

  /// The link to the version in service, which need not be there.
  package var currentPath: String { folder + "/current" }
  var historyPath: String { folder + "/history" }
  var stagingFolder: String { folder + "/staging" }
  func versionFolder(_ version: Int) -> String { folder + "/" + VersionNumber.linkTarget(version) }
  func manifestPath(of version: Int) -> String { versionFolder(version) + "/manifest.json" }
}

/// How a version's number is written: in six digits at least, so that they sort as text.
enum VersionNumber {
  /// The numbers there can be.
  static let range = 1...999_999_999

  /// The name of a version's folder.
  static func text(_ version: Int) -> String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
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
