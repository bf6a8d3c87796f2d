import Errors
import Foundation

/// Takes a person out of all that a registry holds.
///
/// Each version that knows the person is replaced by a new one without; what was in service is in
/// service again in that form, and what could be gone back to still can. Killed at any moment, it
/// leaves models that serve; done again, it goes on to the end.
package final class ModelScrubber: Sendable {
  /// A version that was replaced.
  package struct Replacement: Equatable, Sendable {
    /// The version that knew the person, which is gone.
    package let version: PersonTraces.Version
    /// The one that stands in its place.
    package let replacement: Int
  }

  /// What could not be done.
  package struct Failure: Sendable {
    /// What holds the person as before.
    package enum Holder: Equatable, Sendable {
      case version(PersonTraces.Version)
      case checkpoint(ModelName)
    }
    package let holder: Holder
    /// Why.
    package let error: ModelFileError
  }

  /// What was done, and what was not.
  package struct Outcome: Sendable {
    package var replaced: [Replacement] = []
    /// The names whose checkpoint was removed.
    package var checkpoints: [ModelName] = []
    /// The versions that are damaged, and were left as they are: nobody can tell whom they know, and
    /// none can be made of them that is whole.
    package var unreadable: [PersonTraces.Unreadable] = []
    /// What holds the person as before, since an error came between.
    package var failures: [Failure] = []
  }

  private let registry: ModelRegistry
  private let lock: TrainingLock

  /// Takes the ``TrainingLock`` of `registry` for as long as the scrubber lives, removes what killed
  /// commands left, and ends the scrubbing that one of them began. `command` tells others what holds the
  /// lock, and must not name the person.
  ///
  /// Throws ``ModelFileErrorCode/busy`` when a training is under way.
  package init(of registry: ModelRegistry, command: String) throws(ModelFileError) {
    lock = try TrainingLock(of: registry, command: command)
    self.registry = registry
    for name in try registry.allNames() {
      let versions = registry.versions(of: name)
      try versions.removeLeftovers()
      try versions.finishScrubbing()
    }
  }

  /// Takes the user whose id reads `user` out of all versions that ``ModelRegistry/ModelRegistry/traces(of:)``
  /// found, and removes the checkpoints. What fails keeps it from nothing else.
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
    // In the order of the numbers, so that the replacements are in the same order.
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

  /// Puts another version in the place of `version`, and returns its number; nil when `version` has been
  /// pruned meanwhile.
  private func replace(
    _ version: PersonTraces.Version, without user: String
  ) throws(ModelFileError) -> Int? {
    let versions = registry.versions(of: version.name)
    guard try versions.all().contains(version.version) else { return nil }
    let replacement = try write(version.version, of: versions, without: user)
    try versions.finishScrubbing()
    return replacement
  }

  /// Writes a version that is to replace `version`, and returns its number: those of its files that
  /// know the user without them, the others as they are.
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

// MARK: - One version in another's place

/// The replacement is a version of its own, with its own number and digest; its manifest says what it
/// replaces. Once it is committed it is bound to take that one's place: each step of
/// ``finishScrubbing()`` may be the last before the process is killed, and the next call goes on.
extension ModelVersions {
  /// Makes each version that says so stand in the place of the one that it replaces: in service, if
  /// that was in service, and among those to go back to; then removes the one that is replaced.
  ///
  /// The version in service is put there as ``promote(_:)`` does it. Only for the holder of a lock that
  /// keeps others from scrubbing. O(size of the replacements), which are verified first: one that is
  /// damaged is removed, as if it had not been made.
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

  /// Removes `version`, which is damaged, and has `replaced` stand again where it stood.
  private func takeBack(_ version: Int, for replaced: Int) throws(ModelFileError) {
    try whileChanging { () throws(ModelFileError) in
      for one in [version, replaced] where try !Folder.isFolder(versionFolder(one)) { return }
      if try isNoted(version, inPlaceOf: replaced) { try note(replaced, inPlaceOf: version) }
      if linkedVersion() == version { try putInService(replaced, by: .promote) }
      try remove([version])
    }
  }

  /// Whether the history says that `version` stands where `replaced` stood.
  private func isNoted(_ version: Int, inPlaceOf replaced: Int) throws(ModelFileError) -> Bool {
    try ServiceHistory(reading: historyPath).entries.contains {
      $0.change == .scrub && $0.version == version && $0.replaced == replaced
    }
  }

  /// Has the history say so.
  private func note(_ version: Int, inPlaceOf replaced: Int) throws(ModelFileError) {
    try ServiceHistory.append(
      .init(change: .scrub, version: version, replaced: replaced), to: historyPath)
  }

  /// Which versions are still there although another one replaces them, ascending, so that one that
  /// replaces a replacement comes behind it.
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
