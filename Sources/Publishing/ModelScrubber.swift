import Errors
package import ModelRegistry
import Ratings

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
        try registry.versions(of: name).removeCheckpoint()
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

  /// Puts another version in the place of `version`, and answers its number; nil when `version` has been
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

  /// Writes a version that is to replace `version`, and answers its number.
  private func write(
    _ version: Int, of versions: ModelVersions, without user: String
  ) throws(ModelFileError) -> Int {
    let manifest = try versions.manifest(of: version)
    guard let people = try versions.open(version).people, people.contains(user) else {
      preconditionFailure("version \(version) knew the user, and nobody may change it")
    }
    let staged = try StagedVersion(in: versions)
    let digest = try people.without(user).write(to: staged.modelPath)
    let written = try registry.open(staged.modelPath)
    try written.verifyContents()
    guard let rest = written.people, !rest.contains(user), rest.count == people.count - 1 else {
      preconditionFailure("a user was to be taken out of version \(version), and is still there")
    }
    return try staged.commit(
      manifest.run, written: digest,
      scrubbing: Scrubbing(
        replaces: version, trainedAs: manifest.scrubbing?.trainedAs ?? version)
    ).version
  }
}
