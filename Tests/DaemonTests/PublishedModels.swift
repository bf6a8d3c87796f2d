import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// A real registry in a folder of its own.
struct PublishedModels {
  let folder: TemporaryFolder
  let versions: ModelVersions

  init() throws {
    folder = try TemporaryFolder()
    versions = ModelRegistry(folder.path, forms: .recommenders).versions(
      of: try ModelName("recommender"))
  }

  /// Writes a version, puts it in service, and returns its number.
  @discardableResult
  func publish(_ contents: FactorModelContents) throws -> Int {
    let version = try write(contents)
    try versions.promote(version)
    return version
  }

  /// Writes a version without putting it in service.
  func write(_ contents: FactorModelContents) throws -> Int {
    let staged = try StagedVersion(in: versions)
    try staged.add(contents)
    let run = TrainingRun(
      modelName: "recommender", kind: contents.kind, outcome: .written,
      startedAt: "2026-01-01T00:00:00Z", threadCount: 1, latentVersion: "0.1.0")
    return try staged.commit(run).version
  }

  /// Puts `contents` in service without checking them, as another program might: replaces a version's file by another
  /// and updates the manifest.
  func publishUnchecked(_ contents: FactorModelContents) throws {
    let version = try publish(Catalogue.contents(shift: 9))
    let path = versions.modelPath(of: version)
    let manifest = URL(fileURLWithPath: path).deletingLastPathComponent()
      .appendingPathComponent("manifest.json")
    let published = try FileDigest(ofFile: path)
    try FileManager.default.removeItem(atPath: path)
    let written = try contents.write(to: path)
    #expect(written.byteCount == published.byteCount)
    let text = try String(contentsOf: manifest, encoding: .utf8)
    try text.replacing(published.sha256, with: written.sha256)
      .write(to: manifest, atomically: true, encoding: .utf8)
  }
}
