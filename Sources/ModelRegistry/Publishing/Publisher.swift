/// Makes versions of one model and puts them in service: the way every model takes.
///
///     let publisher = try Publisher(of: name, in: registry, command: "latent train ...")
///     let staged = try publisher.stage()
///     let model = try staged.add(contents)                  // written, flushed, read back, checked
///     ... judge the model ...
///     let manifest = try staged.commit(run)                 // a version, not in service
///     try publisher.promote(manifest.version)               // in service
///
/// Whatever fails on the way, or is killed, the model in service stays so.
package final class Publisher: Sendable {
  /// The versions it adds to.
  package let versions: ModelVersions
  private let lock: TrainingLock

  /// Takes the registry's ``TrainingLock`` for as long as the publisher or a version it staged lives,
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

  /// A version in the making, without a model so far.
  package func stage() throws(ModelFileError) -> StagedVersion {
    try StagedVersion(in: versions, holding: lock)
  }

  /// A version in the making that has a model.
  package func stage(_ model: some EncodableModel) throws(ModelFileError) -> StagedVersion {
    let staged = try stage()
    try staged.add(model)
    return staged
  }

  /// Puts a version in service by an atomic rename.
  package func promote(_ version: Int) throws(ModelFileError) { try versions.promote(version) }
}
