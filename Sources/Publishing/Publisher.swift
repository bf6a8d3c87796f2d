package import ModelRegistry
package import Ratings
package import Recommenders

/// Makes versions of one model and puts them in service: the way every model takes.
///
///     let publisher = try Publisher(of: name, in: registry, command: "latent train ...")
///     let staged = try publisher.stage(contents)            // written, flushed, read back, checked
///     ... judge staged.model ...
///     let manifest = try staged.commit(run)                 // a version, not in service
///     try publisher.promote(manifest.version)               // in service
///
/// Whatever fails on the way, or is killed, the model in service stays so.
package final class Publisher: Sendable {
  /// The versions it adds to.
  package let versions: ModelVersions
  private let lock: TrainingLock

  /// Takes the registry's ``TrainingLock`` for as long as the publisher or a model it staged lives,
  /// and removes what killed trainings left. `command` tells others what holds the lock.
  ///
  /// Throws ``ModelFileErrorCode/busy`` when another training is under way.
  package init(
    of name: ModelName, in registry: ModelRegistry, command: String
  ) throws(ModelFileError) {
    lock = try TrainingLock(of: registry, command: command)
    versions = registry.versions(of: name)
    try versions.removeLeftovers()
  }

  /// Writes a model where readers do not look, flushes it to the disk, opens that very file and
  /// checks all of its contents.
  package func stage(_ contents: some ModelContents) throws(ModelFileError) -> StagedModel {
    let version = try StagedVersion(in: versions)
    let digest = try contents.write(to: version.modelPath)
    let model = try StoredModel.open(version.modelPath)
    try model.verifyContents()
    return StagedModel(publisher: self, version: version, digest: digest, model: model)
  }

  /// Puts a version in service by an atomic rename.
  package func promote(_ version: Int) throws(ModelFileError) { try versions.promote(version) }
}

/// A model that is written and checked, and no version yet. Its files go with it unless it is
/// committed.
package final class StagedModel {
  /// The model, opened from the file that is to be published: what is judged is what is served.
  package let model: any ScoredModel
  /// What tells its file from others: the same contents have the same.
  package let digest: FileDigest
  private let publisher: Publisher
  private let version: StagedVersion

  fileprivate init(
    publisher: Publisher, version: StagedVersion, digest: FileDigest, model: any ScoredModel
  ) {
    self.publisher = publisher
    self.version = version
    self.digest = digest
    self.model = model
  }

  /// Makes it a version with the next number, after holding the file on the disk against the
  /// SHA-256 of what was written. The number is entered in the run's record, which stands in the
  /// manifest. Traps when done twice, or after ``abort()``.
  ///
  /// Where it throws, ``committed`` tells whether the version is there all the same.
  package func commit(_ run: TrainingRun) throws(ModelFileError) -> Manifest {
    try version.commit(run, written: digest)
  }

  /// What was written beside it as a version; nil while it is none.
  package var committed: Manifest? { version.committed }

  /// Removes the files. Does nothing when that has been done, or the model is committed.
  package func abort() { version.abort() }
}
