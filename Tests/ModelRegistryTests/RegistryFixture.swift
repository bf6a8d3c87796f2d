import Errors
import Foundation
import ModelRegistry
import Ratings
import TensorCore
import TestEnvironment

/// A registry in a folder of its own, with tiny model files.
struct RegistryFixture {
  let folder: TemporaryFolder
  let registry: ModelRegistry
  let versions: ModelVersions

  init() throws {
    folder = try TemporaryFolder()
    registry = ModelRegistry(folder.path("models"), forms: [TestModel.form])
    versions = registry.versions(of: try ModelName("recommender"))
  }

  func path(_ name: String) -> String { "\(registry.folder)/recommender/\(name)" }

  static func run(_ kind: String = "dot-bias") -> TrainingRun {
    TrainingRun(
      modelName: "recommender", modelKind: kind, outcome: .written,
      startedAt: "2026-11-20T03:00:00Z", dataFingerprint: "ab", ratingCount: 10, heldOutCount: 2,
      userCount: 3, itemCount: 4, parameters: ["factors": "50"],
      metrics: ["rmse": 0.875, "ndcg@10": .nan], threadCount: 2, latentVersion: "0.1.0")
  }

  /// Stages and commits a version and answers its number.
  @discardableResult
  func commit(_ value: Float = 1) throws -> Int {
    let staged = try StagedVersion(in: versions)
    let digest = try TestModel.Contents([value]).write(to: staged.modelPath)
    return try staged.commit(Self.run(), written: digest).version
  }

  /// Alters the last byte of a version's file, as a disk may.
  func damage(_ version: Int) throws {
    let path = versions.modelPath(of: version)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 1] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}

extension ModelVersions {
  /// Goes back as one without damaged versions in mind does.
  func goBack() throws(ModelFileError) -> (from: Int?, to: Int) {
    let done = try rollback()
    return (done.from, done.to)
  }

  /// Whether and how far one could go back.
  func rollbackTarget() throws(ModelFileError) -> Int? { try rollbackCandidates().first }
}

/// The code of the error that `body` throws; nil when it throws none of ours.
func code(_ body: () throws -> Void) -> ModelFileErrorCode? {
  do {
    try body()
    return nil
  } catch {
    return (error as? ModelFileError)?.code
  }
}
