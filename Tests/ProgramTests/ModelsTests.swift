import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent models` as an on-call engineer uses it.
struct ModelsTests {
  let folder: TemporaryFolder
  let versions: ModelVersions

  /// Creates a registry with four versions, of which 1, 2 and 3 were put in service.
  init() throws {
    folder = try TemporaryFolder()
    let registry = ModelRegistry(folder.path("latent-models"), forms: .recommenders)
    let name = try ModelName("recommender")
    versions = registry.versions(of: name)
    let publisher = try Publisher(of: name, in: registry, command: "test")
    for number in 1...4 {
      let contents = FactorModelContents(
        kind: "dot-bias", users: .integers([1, 2]), items: .integers([10, 20, 30]),
        tables: FactorTables(
          factorCount: 1, userFactors: [1, 2], itemFactors: [1, 2, 3], userBiases: [0, 0],
          itemBiases: [0, 0, 0], globalMean: Float(number),
          outputRange: OutputRange(lower: 0, upper: 5.5)),
        itemRatingCounts: [1, 1, 0], ratedOffsets: [0, 1, 2], ratedItems: [0, 1],
        titles: ["A", nil, "C"])
      let run = TrainingRun(
        modelName: "recommender", kind: "dot-bias", outcome: .published,
        startedAt: "2026-11-20T03:00:00Z", dataFingerprint: "ab",
        counts: ["ratings_read": 100_836, "ratings_held_out": 2],
        parameters: ["factors": "50", "split": "random:0.2", "split-seed": "\(number - 1)"],
        metrics: [
          "rmse": TrainingRun.Figure(0.875, better: .lower),
          "popularity.rmse": TrainingRun.Figure(0.95, better: .lower),
        ], mainMetrics: ["rmse", "ndcg@10", "ratings_read"], threadCount: 1, latentVersion: "0.1.0")
      let version = try publisher.stage(contents).commit(run).version
      if version < 4 { try publisher.promote(version) }
    }
  }

  func latent(_ arguments: String...) throws -> Program.Result {
    try Program(in: folder.path).run(["models"] + arguments)
  }

  func damage(_ version: Int) throws {
    let path = versions.modelPath(of: version)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 1] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  func rows(_ result: Program.Result) throws -> [[String: Any]] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
  }

  @Test func listSaysWhatIsInServiceAndWhatWouldBe() throws {
    let list = try latent("list")
    #expect(list.exitCode == 0 && list.errors.isEmpty)
    let lines = list.output.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[2].contains("rollback") && lines[3].contains("in service"))
    #expect(lines[4].contains("dot-bias") && lines[4].contains("0.8750") && lines[4].contains("-"))
    let rows = try rows(latent("list", "--format", "json", "--all"))
    #expect(rows.map { $0["version"] as? Int } == [1, 2, 3, 4])
    #expect(rows[2]["status"] as? String == "in service" && rows[3]["status"] is NSNull)
    #expect(rows[0]["ratings_read"] as? Int == 100_836 && rows[0]["rmse"] as? Double == 0.875)
    #expect(try latent("list", "--format", "csv").output.hasPrefix("name,version,status,kind,"))
    #expect(rows.prefix(2).map { $0["split"] as? String } == ["random:0.2", "random:0.2 (seed 1)"])
    #expect(try latent().output == list.output)
  }

  @Test func anEmptyRegistryIsSaidToBeEmpty() throws {
    let list = try latent("list", "--name", "nothing", "--format", "json")
    #expect(list.exitCode == 0 && list.output == "[]\n")
    #expect(list.errors.contains("no versions of nothing in latent-models"))
    let show = try latent("show", "--name", "nothing")
    #expect(show.exitCode == 1 && show.errors.hasPrefix("error: no version of nothing"))
    #expect(try latent("show", "9").errors.contains("there is no version 9"))
    #expect(try latent("list", "--name", "../x").exitCode == 64)
  }

  @Test func showTellsTheModelAndItsRun() throws {
    let show = try latent("show")
    #expect(show.exitCode == 0)
    for text in ["in service", " 0..5.5", "--factors", "popularity.rmse", "100836"] {
      #expect(show.output.contains(text), "\(text)")
    }
    let rows = try rows(latent("show", "2", "--format", "json"))
    #expect(rows.count == 1 && rows[0]["version"] as? Int == 2)
    #expect(rows[0]["parameters.factors"] as? String == "50")
    #expect(rows[0]["metrics.popularity.rmse"] as? Double == 0.95)
    #expect(rows[0]["global_mean"] as? Double == 2 && rows[0]["items"] as? Int == 3)
    #expect(rows[0]["ratings_read"] as? Int == 100_836 && rows[0]["known_ratings"] as? Int == 2)
    #expect(show.output.contains("ratings read by the run"))
    #expect(show.output.contains("ratings known to the model"))
    #expect(rows[0]["in_service_since"] is NSNull)
    let since = try #require(
      try self.rows(latent("show", "--format", "json"))[0]["in_service_since"] as? String)
    #expect(since.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#) != nil)
  }

  @Test func promoteRollbackAndBackAgain() throws {
    let promote = try latent("promote", "4", "--format", "json")
    #expect(promote.exitCode == 0)
    let row = try #require(try rows(promote).first)
    #expect(row["version"] as? Int == 4 && row["before"] as? Int == 3)
    #expect(try versions.current() == 4)
    #expect(try latent("rollback").exitCode == 0)
    #expect(try versions.current() == 3)
    #expect(try latent("rollback").exitCode == 0)
    #expect(try latent("rollback").exitCode == 0)
    let none = try latent("rollback")
    #expect(none.exitCode == 1 && none.errors.contains("no earlier version was in service"))
    #expect(try versions.current() == 1)
    #expect(try latent("promote", "9").exitCode == 1)
    #expect(try latent("promote").exitCode == 64)
    #expect(try versions.current() == 1)
  }

  @Test func aDamagedVersionIsFoundAndNotPutInService() throws {
    try damage(2)
    try damage(4)
    #expect(try latent("verify").exitCode == 0)
    let one = try latent("verify", "4")
    #expect(one.exitCode == 1 && one.output.contains("SHA-256"))
    #expect(
      one.errors.hasPrefix("error: version 4 of recommender is bad. Version 3 stays in service"))
    #expect(!(one.output + one.errors).contains("rollback"))
    let none = try latent("verify", "99")
    #expect(none.exitCode == 1 && none.output.isEmpty)
    #expect(none.errors.contains("there is no version 99"))
    let all = try latent("verify", "--all", "--format", "json")
    #expect(all.exitCode == 1 && all.errors.contains("2 of 4"))
    #expect(try rows(all).map { $0["result"] as? String } == ["good", "bad", "good", "bad"])
    let promote = try latent("promote", "4")
    #expect(promote.exitCode == 1)
    #expect(promote.errors.contains("Version 3 stays in service: nothing needs doing."))
    #expect(!promote.errors.contains("rollback"))
    let old = try latent("promote", "2")
    #expect(old.errors.contains("`latent models prune --keep 2` removes it"), "\(old.errors)")
    #expect(try versions.current() == 3)
    try damage(3)
    let served = try latent("verify", "--all")
    #expect(served.errors.contains("go back with `latent models rollback`"), "\(served.errors)")
    try damage(1)
    #expect(try latent("verify", "--all").errors.contains("there is none to go back to"))
    #expect(try latent("verify", "1", "--all").exitCode == 64)
  }

  @Test func rollbackGoesPastADamagedVersionAndSaysSo() throws {
    try damage(2)
    let back = try latent("rollback", "--format", "json")
    #expect(back.exitCode == 0)
    #expect(back.errors.contains("warning: skipped version 2: its SHA-256 is"))
    let row = try #require(try rows(back).first)
    #expect(row["version"] as? Int == 1 && row["before"] as? Int == 3)
    #expect(row["passed_over"] as? [String] == ["2"])
    #expect(try versions.current() == 1)
    try versions.promote(3)
    try damage(1)
    let none = try latent("rollback")
    #expect(none.exitCode == 1 && none.errors.contains("no earlier version in service is intact"))
    #expect(
      none.errors.contains("version 1: its SHA-256") && !none.errors.contains("models rollback"))
    #expect(try versions.current() == 3)
  }

  @Test func pruneKeepsTheGoodVersionBehindADamagedOne() throws {
    try damage(2)
    let pruned = try rows(latent("prune", "--keep", "1", "--format", "json"))
    #expect(pruned.map { $0["version"] as? Int } == [2])
    #expect(try latent("rollback").exitCode == 0)
    #expect(try versions.current() == 1)
  }

  @Test func aVersionWithoutItsManifestIsListedAsDamaged() throws {
    try FileManager.default.removeItem(
      atPath: folder.path("latent-models/recommender/versions/000002/manifest.json"))
    let list = try latent("list")
    #expect(list.exitCode == 0 && list.output.contains("  damaged "))
    #expect(list.output.split(separator: "\n").count == 5)
    #expect(list.errors.hasPrefix("warning: ") && list.errors.contains("manifest.json"))
    #expect(list.errors.contains("Version 3 stays in service: nothing needs doing."))
    #expect(list.errors.contains("`latent models prune --keep 2` removes it"), "\(list.errors)")
    try FileManager.default.removeItem(
      atPath: folder.path("latent-models/recommender/versions/000003/manifest.json"))
    let served = try latent("list")
    #expect(served.exitCode == 0 && served.output.contains("in service, damaged"))
    #expect(served.errors.contains("go back with `latent models rollback`"), "\(served.errors)")
  }

  @Test func pruneSparesWhatIsNeeded() throws {
    let dry = try latent("prune", "--keep", "1", "--dry-run")
    #expect(dry.exitCode == 0 && dry.output.contains("would be removed"))
    #expect(dry.errors.contains("1 of 4 versions would be removed"))
    #expect(try versions.all() == [1, 2, 3, 4])
    let rows = try rows(latent("prune", "--keep", "1", "--format", "json"))
    #expect(rows.map { $0["version"] as? Int } == [1])
    #expect(rows[0]["result"] as? String == "removed")
    #expect(try versions.all() == [2, 3, 4])
    let nothing = try latent("prune", "--keep", "1")
    #expect(nothing.exitCode == 0 && nothing.errors.contains("nothing to remove"))
    #expect(nothing.output.isEmpty)
    #expect(try self.rows(latent("prune", "--keep", "1", "--format", "json")).isEmpty)
    #expect(try latent("prune", "--keep", "0").exitCode == 64)
    #expect(try latent("prune").exitCode == 64)
  }

  /// A models folder and a store written by version 0.1 work as if they were new.
  @Test func whatVersion01WroteIsListedVerifiedGoneBackToAndComparedWith() throws {
    let folder = try TemporaryFolder()
    for name in ["latent-models", "latent.sqlite"] {
      try FileManager.default.copyItem(
        atPath: ProjectFolder.fixture("registry-0.1/\(name)"), toPath: folder.path(name))
    }
    let program = Program(in: folder.path)
    let list = try program.run(["models", "list", "--format", "json"])
    let listed = try rows(list)
    #expect(listed.map { $0["version"] as? Int } == [3, 4, 5])
    #expect(listed.map { $0["ratings_read"] as? Int } == [72, 72, 66])
    #expect(listed[1]["status"] as? String == "in service" && listed[1]["rmse"] is Double)
    #expect(try program.run(["models", "verify", "--all"]).exitCode == 0)
    #expect(try program.run(["recommend", "--user", "1"]).exitCode == 0)
    let show = try program.run(["models", "show", "4"])
    #expect(show.output.contains(#/ratings read by the run +72/#), "\(show.output)")
    #expect(try program.run(["models", "rollback"]).exitCode == 0)
    #expect(try program.run(["migrate"]).exitCode == 0)
    let train = ["train", "--model", "bias-only", "--publish", "--unless-worse", "--quiet"]
    let few = try program.run(train)
    #expect(
      few.exitCode == 3 && few.errors.contains("rmse is measured on 6 users, and 10 are needed"))
    let training = try program.run(train + ["--force"])
    #expect(training.exitCode == 0, "\(training.errors)")
    #expect(
      training.errors.contains("warning: put in service on little evidence: rmse is measured on"))
    #expect(try program.run(["models", "prune", "--keep", "1"]).exitCode == 0)
  }

  /// The remedies that a registry names are commands that can be pasted into a shell.
  @Test func remediesAreCommandsThatCanBeCopied() throws {
    try FileManager.default.moveItem(
      atPath: folder.path("latent-models"), toPath: folder.path("the models' folder"))
    let place = ["--models", "the models' folder"]
    let program = Program(in: folder.path)
    let missing = try program.run(["models", "promote", "9"] + place)
    #expect(
      missing.errors.contains(
        #"See `latent models list --models 'the models'\'' folder'`."#), "\(missing.errors)")
    let none = try program.run(["models", "rollback", "--name", "films"] + place)
    #expect(
      none.errors.contains(
        #"`latent models list --models 'the models'\'' folder' --name films` and promote it."#),
      "\(none.errors)")
    try FileManager.default.moveItem(
      atPath: folder.path("the models' folder"), toPath: folder.path("-x"))
    let odd = try program.run(["models", "promote", "9", "--models=-x"])
    #expect(odd.errors.contains("`latent models list --models ./-x`"), "\(odd.errors)")
  }
}
