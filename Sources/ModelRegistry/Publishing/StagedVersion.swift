import Errors
import Foundation

/// A version being assembled: a folder that readers ignore until ``commit(_:scrubbing:)`` gives it a number.
///
/// Unless committed, it is removed when this object is deallocated. What a killed process leaves behind is removed by
/// ``ModelVersions/removeLeftovers()``.
package final class StagedVersion {
  private let versions: ModelVersions
  private let folder: String
  private let lock: TrainingLock?
  private var isOpen = true
  private var digests: [ModelRole: FileDigest] = [:]
  /// The manifest of the committed version; nil before the commit. If ``commit(_:scrubbing:)`` throws after the
  /// rename, the version exists and this is set.
  package private(set) var committed: Manifest?

  /// Creates an empty staging folder below the model's folder. Holds `lock` for the lifetime of this object.
  package init(
    in versions: ModelVersions, holding lock: TrainingLock? = nil
  ) throws(ModelFileError) {
    self.versions = versions
    self.lock = lock
    folder = versions.stagingFolder + "/version-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try Folder.make(folder)
  }

  deinit { abort() }

  /// Writes the model file for `role` to the staging folder, flushes it to disk, opens that same file and verifies
  /// all its contents. Returns the opened model: what is evaluated is what will be served. Traps if there is already
  /// a model for `role`.
  @discardableResult
  package func add(
    _ model: some EncodableModel, as role: ModelRole = .main
  ) throws(ModelFileError) -> any PublishedModel {
    precondition(isOpen && digests[role] == nil, "one file for \(role), before the commit")
    let digest = try model.write(to: path(of: role))
    let opened = try versions.registry.open(path(of: role))
    try opened.verifyContents()
    digests[role] = digest
    return opened
  }

  /// Changes the role of a file from `role` to `other`. Models already opened from it are unaffected. Traps if there
  /// is no file for `role`, or already one for `other`.
  package func use(_ role: ModelRole, as other: ModelRole) throws(ModelFileError) {
    precondition(isOpen && digests[other] == nil, "one file for \(other)")
    guard let digest = digests.removeValue(forKey: role) else {
      preconditionFailure("a version without a model for \(role)")
    }
    guard rename(path(of: role), path(of: other)) == 0 else {
      throw .system("rename", errno, place: path(of: other))
    }
    digests[other] = digest
  }

  /// Returns the path of the model file for `role`.
  package func path(of role: ModelRole = .main) -> String { folder + "/" + role.fileName }

  /// Returns the digest of the file for `role`, or nil if there is none.
  package func digest(of role: ModelRole = .main) -> FileDigest? { digests[role] }

  /// Removes the folder, unless already removed or committed.
  package func abort() {
    guard isOpen else { return }
    isOpen = false
    // What cannot be removed now is a leftover, removed before the next version is staged.
    try? Folder.remove(folder)
  }

  /// Turns the staged files into a version: checks their digests against what was written, writes the manifest, and
  /// gives the folder the next number by an atomic rename. This does not put the version in service.
  ///
  /// `run` is the record of the training, to which the version's number is added. `scrubbing` describes the version
  /// that this one replaces, if any.
  ///
  /// If this throws, no version exists, with one exception: when flushing fails after the rename, the version exists
  /// but may not survive a power failure. ``committed`` tells the two apart. Traps if called twice, after
  /// ``abort()``, or without a model for ``ModelRole/main``.
  package func commit(
    _ run: TrainingRun, scrubbing: Scrubbing? = nil
  ) throws(ModelFileError) -> Manifest {
    precondition(isOpen && digests[.main] != nil, "a staged version is committed or aborted once")
    let written = digests.sorted { $0.key < $1.key }.map { Manifest.File($0.key, $0.value) }
    for file in written { try ModelVersions.verify(path(of: file.role), is: file.digest) }
    let folder = folder
    return try versions.whileChanging { () throws(ModelFileError) in
      let number = try versions.nextNumber()
      var run = run
      run.version = number
      let manifest = Manifest(
        format: Manifest.currentFormat, name: versions.name.text, version: number,
        kind: run.kind, createdAt: Date.now.formatted(.iso8601),
        latentVersion: run.latentVersion, files: written, run: run, scrubbing: scrubbing)
      try FileSink.store(try manifest.encoded(), to: folder + "/manifest.json")
      try Folder.make(versions.folder + "/versions")
      guard rename(folder, versions.versionFolder(number)) == 0 else {
        throw .system("rename", errno, place: versions.versionFolder(number))
      }
      isOpen = false
      committed = manifest
      try Folder.flush(versions.folder + "/versions")
      return manifest
    }
  }
}

extension ModelVersions {
  /// Returns one more than the highest version number known to have been assigned.
  func nextNumber() throws(ModelFileError) -> Int {
    let highestServed = try ServiceHistory(reading: historyPath).entries.map(\.version).max() ?? 0
    return max(try all().last ?? 0, highestServed) + 1
  }
}
