/// Creates versions of a model and puts them in service. All models are published this way.
///
///     let publisher = try Publisher(of: name, in: registry, command: "latent train ...")
///     let staged = try publisher.stage()
///     let model = try staged.add(contents)                  // written, flushed, read back, checked
///     ... evaluate the model ...
///     let manifest = try staged.commit(run)                 // a version, not in service
///     try publisher.promote(manifest.version)               // in service
///
/// If any step fails or is killed, the model in service stays in service.
package final class Publisher: Sendable {
  /// The versions to which it adds.
  package let versions: ModelVersions
  private let lock: TrainingLock

  /// Takes the registry's ``TrainingLock`` for the lifetime of the publisher and of the versions it staged. Removes
  /// what killed trainings left behind. `command` identifies the holder of the lock to other processes.
  ///
  /// Throws ``ModelFileErrorCode/busy`` if another training is in progress.
  package init(
    of name: ModelName, in registry: ModelRegistry, command: String
  ) throws(ModelFileError) {
    lock = try TrainingLock(of: registry, command: command)
    versions = registry.versions(of: name)
    try versions.removeLeftovers()
  }

  /// Returns a staged version without a model.
  package func stage() throws(ModelFileError) -> StagedVersion {
    try StagedVersion(in: versions, holding: lock)
  }

  /// Returns a staged version with `model` as its main model.
  package func stage(_ model: some EncodableModel) throws(ModelFileError) -> StagedVersion {
    let staged = try stage()
    try staged.add(model)
    return staged
  }

  /// Puts a version in service by an atomic rename.
  package func promote(_ version: Int) throws(ModelFileError) { try versions.promote(version) }
}
