import Foundation
import ModelRegistry
import TestEnvironment
import Testing

/// Files written by version 0.1 are read correctly; `fixtures/registry-0.1` contains a folder of them.
struct Version01Tests {
  let folder: TemporaryFolder
  let versions: ModelVersions

  init() throws {
    folder = try TemporaryFolder()
    let copy = folder.path("latent-models")
    try FileManager.default.copyItem(
      atPath: ProjectFolder.fixture("registry-0.1/latent-models"), toPath: copy)
    versions = ModelRegistry(copy, forms: []).versions(of: .usual)
  }

  @Test func aManifestSaysWhatItSaid() throws {
    #expect(try versions.all() == [3, 4, 5] && versions.current() == 4)
    #expect(try versions.rollbackCandidates() == [3])
    let manifest = try versions.manifest(of: 4)
    #expect(manifest.format == 1 && manifest.kind == "dot-bias" && manifest.run.version == 4)
    #expect(manifest.scrubbing == Scrubbing(replaces: 2, trainedAs: 2))
    let digest = try FileDigest(ofFile: versions.modelPath(of: 4))
    #expect(manifest.files == [Manifest.File(.main, digest)])
    let run = manifest.run
    #expect(
      run.counts == [
        "ratings_read": 72, "ratings_held_out": 10, "users_read": 12, "items_read": 8,
      ])
    #expect(Set(run.seconds.keys) == ["reading", "training"] && run.totalSeconds > 0)
    #expect(run.parameters["factors"] == "4" && run.outcome == .written)
    #expect(abs((run.metrics["popularity.rmse"]?.value ?? 0) - 1.6328314) < 1e-6)
    #expect(run.mainMetrics == ["rmse", "ndcg@10", "ratings_read"])
  }

  @Test func itsVersionsArePromotedAndPruned() throws {
    try versions.promote(5)
    #expect(try versions.rollbackCandidates() == [4, 3])
  }
}

/// Records of training runs as text.
struct TrainingRunTests {
  @Test func aRecordSurvivesJSON() throws {
    var run = RegistryFixture.run()
    run.metrics = [
      "rmse": TrainingRun.Figure(-.infinity, better: .lower),
      "é\"": TrainingRun.Figure(0.1, better: nil),
    ]
    run.parameters = ["é\"\n": "\\/"]
    run.note = "a/b"
    #expect(try TrainingRun(json: run.encodedJSON()) == run)
    run.metrics["rmse"]?.value = .nan
    #expect(try TrainingRun(json: run.encodedJSON()).metrics["rmse"]?.value.isNaN == true)
    #expect(throws: (any Error).self) { try TrainingRun(json: "{}") }
  }
}
