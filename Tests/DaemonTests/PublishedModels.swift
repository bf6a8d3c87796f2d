import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment

/// A real registry in a folder of its own.
struct PublishedModels {
  let folder: TemporaryFolder
  let versions: ModelVersions

  init() throws {
    folder = try TemporaryFolder()
    versions = ModelRegistry(folder.path, forms: .recommenders).versions(
      of: try ModelName("recommender"))
  }

  /// Writes a version, puts it in service, and answers its number.
  @discardableResult
  func publish(_ contents: FactorModelContents) throws -> Int {
    let version = try write(contents)
    try versions.promote(version)
    return version
  }

  /// Writes a version without putting it in service.
  func write(_ contents: FactorModelContents) throws -> Int {
    let staged = try StagedVersion(in: versions)
    let digest = try contents.write(to: staged.modelPath)
    let run = TrainingRun(
      modelName: "recommender", modelKind: contents.kind, outcome: .written,
      startedAt: "2026-01-01T00:00:00Z", dataFingerprint: "", ratingCount: 0, heldOutCount: 0,
      userCount: contents.catalogue.users.count, itemCount: contents.catalogue.items.count,
      threadCount: 1,
      latentVersion: "0.1.0")
    return try staged.commit(run, written: digest).version
  }
}
