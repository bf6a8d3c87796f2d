import ExplainedErrors
import FactorModels
package import ModelFiles
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

  /// What was done.
  package struct Outcome: Sendable {
    package var replaced: [Replacement] = []
    /// The names whose checkpoint was removed.
    package var checkpoints: [ModelName] = []
    /// The versions that are damaged, and were left as they are: nobody can tell whom they know, and
    /// none can be made of them that is whole.
    package var unreadable: [PersonTraces.Unreadable] = []
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

  /// What the registry holds of the user whose id reads `user`; every version is read through.
  package func traces(of user: String) throws(ModelFileError) -> PersonTraces {
    try registry.traces(of: user, verifying: true)
  }

  /// Takes the user whose id reads `user` out of all versions that ``traces(of:)`` found, and removes
  /// the checkpoints.
  package func scrub(
    _ user: String, from traces: PersonTraces
  ) throws(ModelFileError) -> Outcome {
    var outcome = Outcome(unreadable: traces.unreadable)
    for name in traces.checkpoints {
      try registry.versions(of: name).removeCheckpoint()
      outcome.checkpoints.append(name)
    }
    // In the order of the numbers, so that the replacements are in the same order.
    for version in traces.versions {
      let versions = registry.versions(of: version.name)
      // It may have been pruned meanwhile.
      guard try versions.all().contains(version.version) else { continue }
      let replacement = try write(version.version, of: versions, without: user)
      outcome.replaced.append(Replacement(version: version, replacement: replacement))
    }
    for name in Set(traces.versions.map(\.name)).sorted() {
      try registry.versions(of: name).finishScrubbing()
    }
    return outcome
  }

  /// Writes a version that is to replace `version`, and answers its number.
  private func write(
    _ version: Int, of versions: ModelVersions, without user: String
  ) throws(ModelFileError) -> Int {
    let manifest = try versions.manifest(of: version)
    let file = try SafetensorsFile(versions.modelPath(of: version))
    let model = try StoredModel.open(file)
    guard let row = model.user(reading: user),
      let remainder = try ModelWithoutUser(file, model.users.identifier(at: row))
    else { preconditionFailure("version \(version) knew the user, and nobody may change it") }
    let staged = try StagedVersion(in: versions)
    let digest = try remainder.write(to: staged.modelPath)
    let written = try StoredModel.open(staged.modelPath)
    try written.verifyContents()
    guard !written.knows(user), written.userCount == model.userCount - 1 else {
      preconditionFailure("a user was to be taken out of version \(version), and is still there")
    }
    return try staged.commit(
      manifest.run, written: digest,
      scrubbing: Scrubbing(
        replaces: version, trainedAs: manifest.scrubbing?.trainedAs ?? version)
    ).version
  }
}
