import Errors
import Foundation
package import Ratings

/// A version in the making: a folder that readers do not look at, until ``commit(_:written:)`` gives
/// it a number. Goes with its owner unless it is committed; what a killed process leaves is removed
/// by ``ModelVersions/removeLeftovers()``.
package final class StagedVersion {
  private let versions: ModelVersions
  private let folder: String
  private var isOpen = true
  /// What it has become; nil while it is no version. Where ``commit(_:written:)`` throws behind the step
  /// that counts, the version is there, and this says which.
  package private(set) var committed: Manifest?

  /// Makes an empty staging folder beneath the model's own.
  package init(in versions: ModelVersions) throws(ModelFileError) {
    self.versions = versions
    folder = versions.stagingFolder + "/version-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try Folder.make(folder)
  }

  deinit { abort() }

  /// Where the model file is to be written.
  package var modelPath: String { folder + "/model.safetensors" }

  /// Removes the folder. Does nothing when it has been removed or committed.
  package func abort() {
    guard isOpen else { return }
    isOpen = false
    // What can't be removed now is a leftover, removed before the next version is staged.
    try? Folder.remove(folder)
  }

  /// Makes the staged files a version: holds the model file against the digest of what was written,
  /// writes the manifest beside it, and gives the folder the next number by an atomic rename. The
  /// version is not in service by that. Traps when done twice, or after ``abort()``.
  ///
  /// Throws with no version made, but for one failure: the rename may not outlast a power cut, since it
  /// could not be flushed. ``committed`` tells.
  ///
  /// `run` is the record of the training; the version's number is entered in it. `scrubbing` is what
  /// the version replaces, if it does.
  package func commit(
    _ run: TrainingRun, written digest: FileDigest, scrubbing: Scrubbing? = nil
  ) throws(ModelFileError) -> Manifest {
    precondition(isOpen, "a staged version is committed or aborted once")
    try ModelVersions.verify(modelPath, is: digest)
    let folder = folder
    return try versions.whileChanging { () throws(ModelFileError) in
      let number = try versions.nextNumber()
      var run = run
      run.version = number
      let manifest = Manifest(
        format: Manifest.currentFormat, name: versions.name.text, version: number,
        kind: run.modelKind, createdAt: Timestamp.now.description,
        latentVersion: run.latentVersion, sha256: digest.sha256, byteCount: digest.byteCount,
        run: run, scrubbing: scrubbing)
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
  /// Removes what killed processes left in staging, and of checkpoints that were not finished. Only
  /// for the holder of a lock that keeps others from staging.
  package func removeLeftovers() throws(ModelFileError) {
    for name in try Folder.contents(of: folder) where name.hasPrefix("checkpoint.safetensors.") {
      try Folder.remove(folder + "/" + name)
    }
    guard try Folder.isFolder(stagingFolder) else { return }
    try whileChanging { () throws(ModelFileError) in
      for name in try Folder.contents(of: stagingFolder) {
        try Folder.remove(stagingFolder + "/" + name)
      }
    }
  }

  /// One above the highest number that was ever given, as far as is known.
  fileprivate func nextNumber() throws(ModelFileError) -> Int {
    let highestServed = try ServiceHistory(reading: historyPath).entries.map(\.version).max() ?? 0
    return max(try all().last ?? 0, highestServed) + 1
  }
}
