import Errors
import Foundation

/// Removes a person from everything in a registry.
///
/// Each version that knows the person is replaced by a new version without that person. The replacement takes over
/// the place in service and among the rollback candidates. If the process is killed at any moment, the remaining
/// models can still be served, and the next scrubbing completes the work.
package final class ModelScrubber: Sendable {
  /// A version that was replaced.
  package struct Replacement: Equatable, Sendable {
    /// The version that knew the person, now removed.
    package let version: PersonTraces.Version
    /// The version that replaced it.
    package let replacement: Int
  }

  /// A step that failed.
  package struct Failure: Sendable {
    /// What still contains the person.
    package enum Holder: Equatable, Sendable {
      case version(PersonTraces.Version)
      case checkpoint(ModelName)
    }
    package let holder: Holder
    /// The reason.
    package let error: ModelFileError
  }

  /// What was done, and what failed.
  package struct Outcome: Sendable {
    package var replaced: [Replacement] = []
    /// The names whose checkpoints were removed.
    package var checkpoints: [ModelName] = []
    /// The damaged versions, left unchanged: it is impossible to tell whom they know, or to derive an intact version
    /// from them.
    package var unreadable: [PersonTraces.Unreadable] = []
    /// What still contains the person because of an error.
    package var failures: [Failure] = []
  }

  private let registry: ModelRegistry
  private let lock: TrainingLock

  /// Takes the ``TrainingLock`` of `registry` for the lifetime of the scrubber. Removes what killed commands left
  /// behind, and completes any scrubbing one of them began.
  ///
  /// `command` identifies the holder of the lock to other processes and must not name the person. Throws
  /// ``ModelFileErrorCode/busy`` if a training is in progress.
  package init(of registry: ModelRegistry, command: String) throws(ModelFileError) {
    lock = try TrainingLock(of: registry, command: command)
    self.registry = registry
    for name in try registry.allNames() {
      let versions = registry.versions(of: name)
      try versions.removeLeftovers()
      try versions.finishScrubbing()
    }
  }

  /// Removes the user with the id `user` from all versions found by ``ModelRegistry/ModelRegistry/traces(of:)``, and
  /// removes the checkpoints. A failure does not stop the remaining steps.
  package func scrub(_ user: String, from traces: PersonTraces) -> Outcome {
    var outcome = Outcome(unreadable: traces.unreadable)
    for name in traces.checkpoints {
      do throws(ModelFileError) {
        try registry.versions(of: name).removeCheckpoints()
        outcome.checkpoints.append(name)
      } catch {
        outcome.failures.append(Failure(holder: .checkpoint(name), error: error))
      }
    }
    // By version number, so that the replacements keep the same order.
    for version in traces.versions {
      do throws(ModelFileError) {
        guard let replacement = try replace(version, without: user) else { continue }
        outcome.replaced.append(Replacement(version: version, replacement: replacement))
      } catch {
        outcome.failures.append(Failure(holder: .version(version), error: error))
      }
    }
    return outcome
  }

  /// Replaces `version` and returns the number of the replacement, or nil if `version` has been pruned meanwhile.
  private func replace(
    _ version: PersonTraces.Version, without user: String
  ) throws(ModelFileError) -> Int? {
    let versions = registry.versions(of: version.name)
    guard try versions.all().contains(version.version) else { return nil }
    let replacement = try write(version.version, of: versions, without: user)
    try versions.finishScrubbing()
    return replacement
  }

  /// Writes the replacement of `version` and returns its number. Files that know the user are rewritten without that
  /// user; the others are copied unchanged.
  private func write(
    _ version: Int, of versions: ModelVersions, without user: String
  ) throws(ModelFileError) -> Int {
    let manifest = try versions.manifest(of: version)
    let staged = try StagedVersion(in: versions)
    for role in manifest.files.map(\.role) {
      guard let people = try versions.open(version, role).people, people.contains(user) else {
        try staged.add(CopiedModel(path: versions.modelPath(of: version, role)), as: role)
        continue
      }
      let rest = try staged.add(people.without(user), as: role).people
      guard let rest, !rest.contains(user), rest.count == people.count - 1 else {
        preconditionFailure("a user was to be taken out of version \(version), and is still there")
      }
    }
    return try staged.commit(
      manifest.run,
      scrubbing: Scrubbing(
        replaces: version, trainedAs: manifest.scrubbing?.trainedAs ?? version)
    ).version
  }
}

// MARK: - Replacing a version

/// A replacement is a version with its own number and digest. Its manifest records which version it replaces. Once
/// committed it will take that version's place: the process may be killed after any step of ``finishScrubbing()``,
/// and the next call continues.
extension ModelVersions {
  /// Puts each committed replacement in the place of the version it replaces: in service, if that one was in service,
  /// and among the rollback candidates. Then removes the replaced version.
  ///
  /// The version in service is set as by ``promote(_:)``. The caller must hold a lock that prevents concurrent
  /// scrubbing. O(size of the replacements), as each is verified first. A damaged replacement is removed, as if it
  /// had never been made.
  package func finishScrubbing() throws(ModelFileError) {
    for (replaced, version) in try unfinishedScrubbings() {
      do throws(ModelFileError) { try verifyFiles(of: version) } catch {
        guard error.code.isDamage else { throw error }
        try takeBack(version, for: replaced)
        continue
      }
      try whileChanging { () throws(ModelFileError) in
        guard try Folder.isFolder(versionFolder(replaced)) else { return }
        try checkThere(version)
        if try !isNoted(version, inPlaceOf: replaced) { try note(version, inPlaceOf: replaced) }
        if linkedVersion() == replaced { try putInService(version, by: .promote) }
        try remove([replaced])
      }
    }
  }

  /// Removes the damaged `version` and restores `replaced` to its place.
  private func takeBack(_ version: Int, for replaced: Int) throws(ModelFileError) {
    try whileChanging { () throws(ModelFileError) in
      for one in [version, replaced] where try !Folder.isFolder(versionFolder(one)) { return }
      if try isNoted(version, inPlaceOf: replaced) { try note(replaced, inPlaceOf: version) }
      if linkedVersion() == version { try putInService(replaced, by: .promote) }
      try remove([version])
    }
  }

  /// Returns whether the history records that `version` took the place of `replaced`.
  private func isNoted(_ version: Int, inPlaceOf replaced: Int) throws(ModelFileError) -> Bool {
    try ServiceHistory(reading: historyPath).entries.contains {
      $0.change == .scrub && $0.version == version && $0.replaced == replaced
    }
  }

  /// Records in the history that `version` took the place of `replaced`.
  private func note(_ version: Int, inPlaceOf replaced: Int) throws(ModelFileError) {
    try ServiceHistory.append(
      .init(change: .scrub, version: version, replaced: replaced), to: historyPath)
  }

  /// Returns the versions that still exist although another replaces them, ascending, so that a replacement of a
  /// replacement comes after it.
  private func unfinishedScrubbings() throws(ModelFileError) -> [(replaced: Int, by: Int)] {
    let versions = try all()
    return versions.compactMap { version in
      guard let replaced = scrubbing(of: version)?.replaces, versions.contains(replaced) else {
        return nil
      }
      return (replaced, version)
    }.sorted { $0.replaced < $1.replaced }
  }
}
