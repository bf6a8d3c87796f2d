import Errors
import Foundation

/// A version in the making: a folder that readers do not look at, until ``commit(_:scrubbing:)``
/// gives it a number. Goes with its owner unless it is committed; what a killed process leaves is
/// removed by ``ModelVersions/removeLeftovers()``.
package final class StagedVersion {
  private let versions: ModelVersions
  private let folder: String
  private let lock: TrainingLock?
  private var isOpen = true
  private var digests: [ModelRole: FileDigest] = [:]
  /// What it has become; nil while it is no version. Where ``commit(_:scrubbing:)`` throws behind the
  /// step that counts, the version is there, and this says which.
  package private(set) var committed: Manifest?

  /// Makes an empty staging folder beneath the model's own. Keeps `lock` for as long as it lives.
  package init(
    in versions: ModelVersions, holding lock: TrainingLock? = nil
  ) throws(ModelFileError) {
    self.versions = versions
    self.lock = lock
    folder = versions.stagingFolder + "/version-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try Folder.make(folder)
  }

  deinit { abort() }

  /// Writes the model file for `role` where readers do not look, flushes it to the disk, opens that very
  /// file and checks all of its contents. Returns the model as it was opened: what is judged is what is
  /// served. Traps when there is one already.
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

  /// Makes the file for `role` that for another. Models that were opened from it stay as they are. Traps
  /// when there is none, or there is one for `other` already.
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

  /// Where the model file for `role` is written.
  package func path(of role: ModelRole = .main) -> String { folder + "/" + role.fileName }

  /// What tells the file for `role` from others: the same contents have the same. nil when there is none.
  package func digest(of role: ModelRole = .main) -> FileDigest? { digests[role] }

  /// Removes the folder. Does nothing when it has been removed or committed.
  package func abort() {
    guard isOpen else { return }
    isOpen = false
    // What can't be removed now is a leftover, removed before the next version is staged.
    try? Folder.remove(folder)
  }

  /// Makes the staged files a version: checks that they have the digests of what was written,
  /// writes the manifest beside them, and gives the folder the next number by an atomic rename. The
  /// version is not in service by that. Traps when done twice, after ``abort()``, or where there is no
  /// model for ``ModelRole/main``.
  ///
  /// Throws with no version made, but for one failure: the rename may not outlast a power cut, since it
  /// could not be flushed. ``committed`` tells.
  ///
  /// `run` is the record of the training; the version's number is entered in it. `scrubbing` is what
  /// the version replaces, if it does.
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
  /// One above the highest number that was ever given, as far as is known.
  func nextNumber() throws(ModelFileError) -> Int {
    let highestServed = try ServiceHistory(reading: historyPath).entries.map(\.version).max() ?? 0
    return max(try all().last ?? 0, highestServed) + 1
  }
}
