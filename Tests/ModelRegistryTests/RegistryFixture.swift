import Errors
import Foundation
import ModelRegistry
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

  static func run(_ kind: String = "test") -> TrainingRun {
    TrainingRun(
      modelName: "recommender", kind: kind, outcome: .written, startedAt: "2026-11-20T03:00:00Z",
      seconds: ["training": 1.5], totalSeconds: 2, dataFingerprint: "ab", counts: ["images": 10],
      parameters: ["factors": "50"],
      metrics: [
        "error": TrainingRun.Figure(0.875, better: .lower),
        "accuracy": TrainingRun.Figure(.nan, better: .higher),
      ],
      mainMetrics: ["accuracy"], threadCount: 2, latentVersion: "0.1.0")
  }

  /// Stages and commits a version and returns its number.
  @discardableResult
  func commit(_ value: Float = 1) throws -> Int {
    let staged = try StagedVersion(in: versions)
    try staged.add(TestModel.Contents([value]))
    return try staged.commit(Self.run()).version
  }

  /// Changes the last byte of a version's file, as a faulty disk may.
  func damage(_ version: Int, _ role: ModelRole = .main) throws {
    let path = versions.modelPath(of: version, role)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 1] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
  }
}

extension ModelVersions {
  /// Rolls back; does not report the damaged versions passed over.
  func goBack() throws(ModelFileError) -> (from: Int?, to: Int) {
    let done = try rollback()
    return (done.from, done.to)
  }

  /// The version that a rollback would try first; nil if there is none.
  func rollbackTarget() throws(ModelFileError) -> Int? { try rollbackCandidates().first }
}

/// Returns the code of the error that `body` throws; nil if it throws none of this project's errors.
func code(_ body: () throws -> Void) -> ModelFileErrorCode? {
  do {
    try body()
    return nil
  } catch {
    return (error as? ModelFileError)?.code
  }
}
