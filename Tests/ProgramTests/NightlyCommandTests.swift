import Foundation
import Ratings
import RatingsPostgres
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests of `latent nightly` and `latent runs`: whole runs, and interruptions.
struct NightlyCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  private static let catalogue = "[import]\npath = \"\(ProjectFolder.fixture("catalogue"))\"\n"
  /// Long enough to interrupt on any machine: the first checkpoint comes after a second.
  private static let long = """
    [train]
    model = "dot-bias"
    epochs = 20000
    factors = 8
    early-stop = 19999
    """

  @discardableResult
  private func night(_ text: String) throws -> Program.Result {
    try folder.write(text, to: "night.toml")
    return try program.run(["nightly", "--config", "night.toml"])
  }

  private func start(_ text: String) throws -> RunningProgram {
    try folder.write(text, to: "night.toml")
    return try program.start(["nightly", "--config", "night.toml"])
  }

  struct Run: Decodable {
    let run: Int
    let outcome: String
    let version: Int?
    let reason: String
    let stages: [String]
    let warnings: [String]
    let resumes: Int?
    let notices: [String]
    let rmse: Double?
    let seconds: Double
  }

  private func runs() throws -> [Run] {
    let result = try program.run(["runs", "--format", "json"])
    try #require(result.exitCode == 0, "\(result.errors)")
    return try JSONDecoder().decode([Run].self, from: Data(result.output.utf8))
  }

  /// The state of a stage of a run, such as `done`.
  private func state(_ stage: String, of run: Run) -> String? {
    run.stages.first { $0.hasPrefix("\(stage): ") }?.split(separator: " ").dropFirst().first
      .map { String($0.dropLast()) }
  }

  @Test func aNightPublishesWritesItsPageAndPrunes() throws {
    let text =
      Self.catalogue + "[evaluate]\nreport = \"page.html\"\n[prune]\nkeep = 1\n"
      + "[train]\nmodel = \"als\"\nfactors = 4\n"
    let first = try night(text)
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(first.errors.contains("wrote version 1 of recommender"))
    #expect(first.errors.contains(#/nightly: run 1 of recommender: published, version 1, in /#))
    #expect(FileManager.default.fileExists(atPath: folder.path("page.html")))
    let same = try night(text)
    #expect(same.exitCode == 0, "\(same.errors)")
    let listed = try runs()
    #expect(listed.map(\.outcome) == ["published", "unchanged"])
    #expect(listed.map(\.version) == [1, 1])
    #expect(
      listed[0].stages.map { $0.prefix { $0 != "," } } == [
        "import: done", "train: done", "evaluate: done", "prune: done",
      ])
    #expect((listed[0].rmse ?? 0) > 0)
    let table = try program.run(["runs"])
    #expect(table.output.contains(#/run +outcome +model +version +started/#), "\(table.output)")
  }

  @Test func aRefusedNightExits3AndItsPageIsOfTheRefusedVersion() throws {
    #expect(try night(Self.catalogue).exitCode == 0)
    let refused = try night(
      Self.catalogue + "[train]\nmodel = \"bias-only\"\n[evaluate]\nreport = \"page.html\"\n")
    #expect(refused.exitCode == 3)
    #expect(
      refused.errors.contains(
        #/error: version 2 of recommender is not in service: .+ against .+ anyway: latent models promote 2/#
      ),
      "\(refused.errors)")
    let last = try #require(try runs().last)
    #expect(last.outcome == "refused" && last.version == 2 && last.reason.contains("against"))
    let page = try String(contentsOfFile: folder.path("page.html"), encoding: .utf8)
    #expect(page.contains("version 2"))
    let promoted = try program.run(["models", "promote", "2"])
    #expect(promoted.exitCode == 0)
    #expect(
      promoted.errors.contains(
        #/^warning: version 2 was refused when it was written: .+ against .+ To go back: latent models rollback\n$/#
      ), "\(promoted.errors)")
    #expect(try program.run(["models", "promote", "1"]).errors.isEmpty)
  }

  @Test func aBadConfigurationExits64AndIsNoRun() throws {
    let bad = try night("[train]\nmodle = \"als\"\n")
    #expect(bad.exitCode == 64)
    #expect(bad.errors == "error: night.toml:2: [train] has no key 'modle'. Did you mean model?\n")
    #expect(!FileManager.default.fileExists(atPath: folder.path("latent-models")))
  }

  @Test func aNightThatFailsSaysAtWhatAndRemovesNothing() throws {
    let failed = try night("[import]\npath = \"absent.csv\"\n[prune]\nkeep = 1\n")
    #expect(failed.exitCode == 1)
    let run = try #require(try runs().last)
    #expect(run.outcome == "failed" && run.reason.contains("absent.csv"), "\(run)")
    #expect(run.stages.count == 1 && state("import", of: run) == "failed")
  }

  /// A page that can't be written does not undo the publishing, but the night fails.
  @Test func aPageThatCanNotBeWrittenFailsTheNightAndStillPrunes() throws {
    let failed = try night(
      Self.catalogue + "[evaluate]\nreport = \"absent/page.html\"\n[prune]\nkeep = 1\n")
    #expect(failed.exitCode == 1)
    #expect(failed.errors.contains("error: absent/page.html can't be written"), "\(failed.errors)")
    let run = try #require(try runs().last)
    #expect(run.outcome == "failed" && run.version == 1)
    #expect(state("evaluate", of: run) == "failed" && state("prune", of: run) == "done")
  }

  @Test func oneNightAtATime() throws {
    let first = try start(Self.catalogue + Self.long)
    #expect(first.waitForErrors("epoch 1/"))
    let second = try program.run(["nightly", "--config", "night.toml"])
    #expect(second.exitCode == 1)
    #expect(
      second.errors.contains(
        "another nightly run is in progress: `latent nightly --config night.toml`, process \(first.identifier)"
      ),
      "\(second.errors)")
    let listed = try runs()
    #expect(listed.map(\.outcome) == ["running"])
    first.send(SIGKILL)
    _ = first.finish()
    #expect(try runs().map(\.outcome) == ["killed"])
  }

  @Test func aNightThatIsKilledWhileItImportsImportsAgain() throws {
    // Reading a pipe waits for a writer: the night blocks during its import.
    #expect(mkfifo(folder.path("ratings.csv"), 0o600) == 0)
    let text = "[import]\npath = \"ratings.csv\"\n[train]\nmodel = \"bias-only\"\n"
    let killed = try start(text)
    #expect(killed.waitForErrors("nightly: import"))
    killed.send(SIGKILL)
    #expect(killed.finish().wasSignalled)
    #expect(try runs().map(\.outcome) == ["killed"])
    let table = try program.run(["runs"])
    #expect(table.output.contains("at import"), "\(table.output)")
    unlink(folder.path("ratings.csv"))
    let ratings = try Data(
      contentsOf: URL(fileURLWithPath: ProjectFolder.fixture("catalogue/ratings.csv")))
    try folder.write(Array(ratings), to: "ratings.csv")
    let resumed = try night(text)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("resuming run 1"))
    #expect(!resumed.errors.contains("done before"))
    #expect(try runs().map(\.outcome) == ["killed", "published"])
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func aNightThatIsEndedWhileItTrainsGoesOnFromTheCheckpoint(signal: Int32) throws {
    let text = Self.catalogue + Self.long
    let killed = try start(text)
    let checkpoint = folder.path("latent-models/recommender/checkpoint.safetensors")
    while !FileManager.default.fileExists(atPath: checkpoint) {
      try #require(killed.isRunning)
      sched_yield()
    }
    killed.send(signal)
    let ended = killed.finish()
    #expect(signal == SIGKILL ? ended.wasSignalled : ended.exitCode == 1)
    let interrupted = try #require(try runs().last)
    #expect(interrupted.outcome == (signal == SIGKILL ? "killed" : "interrupted"))
    let resumed = try start(text)
    #expect(resumed.waitForErrors("nightly: import: done before"))
    #expect(resumed.waitForErrors("resuming from the checkpoint"))
    resumed.send(SIGKILL)
    _ = resumed.finish()
    #expect(try runs().last?.resumes == 1)
    // A changed configuration starts a new night.
    let other = try night(Self.catalogue + "[train]\nmodel = \"bias-only\"\n")
    #expect(other.exitCode == 0, "\(other.errors)")
    #expect(!other.errors.contains("done before"))
  }

  @Test func aNightThatIsKilledBehindItsTrainingDoesNotTrainAgain() throws {
    // Writing to a pipe waits for a reader: the night blocks before its page.
    #expect(mkfifo(folder.path("page.html"), 0o600) == 0)
    let text = Self.catalogue + "[evaluate]\nreport = \"page.html\"\n[prune]\nkeep = 2\n"
    let killed = try start(text)
    #expect(killed.waitForErrors("nightly: evaluate"))
    killed.send(SIGKILL)
    _ = killed.finish()
    unlink(folder.path("page.html"))
    let resumed = try night(text)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("nightly: train: done before"))
    let last = try #require(try runs().last)
    #expect(last.outcome == "published" && last.version == 1 && last.rmse != nil)
    #expect(
      last.stages.map { $0.prefix { $0 != "," } } == [
        "import: done-before", "train: done-before", "evaluate: done", "prune: done",
      ])
    #expect(
      try program.run(["models", "list", "--format", "csv"]).output.split(separator: "\n").count
        == 2)
  }

  /// The version put in service is known, whenever the night is killed.
  @Test func aNightThatIsKilledBehindItsPublishingHasItsVersion() throws {
    let imported = try program.run(["import", ProjectFolder.fixture("catalogue")])
    #expect(imported.exitCode == 0)
    // The night waits for another writer before it records the training in the store.
    let (isHeld, mayEnd, isOver) = (
      DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
    )
    let store = SQLiteStore(path: folder.path("latent.sqlite"))
    Thread.detachNewThread {
      _ = try? store.write { _ in
        isHeld.signal()
        mayEnd.wait()
      }
      isOver.signal()
    }
    isHeld.wait()
    defer {
      mayEnd.signal()
      isOver.wait()
    }
    let killed = try start("[train]\nmodel = \"bias-only\"\n")
    let current = folder.path("latent-models/recommender/current")
    while !FileManager.default.fileExists(atPath: current) {
      try #require(killed.isRunning, "\(killed.finish().errors)")
      sched_yield()
    }
    killed.send(SIGKILL)
    #expect(killed.finish().wasSignalled)
    let run = try #require(try runs().last)
    #expect(run.outcome == "killed" && run.version == 1 && run.seconds > 0)
  }

  @Test func aStoreThatStaysAwayIsTriedAgainForSoLong() throws {
    let away = try night(
      "store = \"postgres://nobody@127.0.0.1:1/x\"\n" + Self.catalogue
        + "[nightly]\nretry-for = \"2s\"\nretry-wait = \"1s\"\n")
    #expect(away.exitCode == 1)
    #expect(
      away.errors.contains("nightly: import: the store is unavailable, trying again in 1.00 s: "))
    let run = try #require(try runs().last)
    #expect(run.outcome == "failed" && run.reason.contains("Connection refused"))
    #expect(
      run.stages[0].contains("import: failed") && run.stages[0].contains("3 attempts"),
      "\(run.stages)")
    #expect(run.warnings.count == 2)
    let atOnce = try night(
      "store = \"postgres://nobody@127.0.0.1:1/x\"\n[nightly]\nretry-for = \"0s\"\n")
    #expect(atOnce.exitCode == 1)
    #expect(!atOnce.errors.contains("trying again"))
  }

  @Test(
    .enabled(if: Requirement.postgres.isMet, Comment(rawValue: Requirement.postgres.howToGet)))
  func aStoreThatComesBackIsGoneOnWith() throws {
    let database = try TemporaryDatabase()
    // The database gets its name back only after the night has looked for it.
    let name = try #require(database.url.split(separator: "/").last)
    let server = try PostgresConnection(url: Requirement.postgres.resolve())
    try server.execute("alter database \(name) rename to \(name)_away")
    let running = try start(
      "store = \"\(database.url)\"\n" + Self.catalogue + "[train]\nmodel = \"bias-only\"\n"
        + "[nightly]\nretry-wait = \"1s\"\n")
    #expect(running.waitForErrors("the store is unavailable, trying again in 1.00 s"))
    try server.execute("alter database \(name)_away rename to \(name)")
    let result = running.finish()
    #expect(result.exitCode == 0, "\(result.errors)")
    let run = try #require(try runs().last)
    #expect(run.outcome == "published" && run.warnings.count >= 1)
  }

  @Test func recordsThatCanNotBeReadAreToldAndNoOthersLost() throws {
    #expect(try night(Self.catalogue).exitCode == 0)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: folder.path("latent-models/.nightly/000001.json"))
    try folder.write("{", to: "latent-models/.nightly/000001.json")
    #expect(try night(Self.catalogue).exitCode == 0)
    let listed = try program.run(["runs", "--format", "csv"])
    #expect(listed.errors.contains("000001.json: not the record of a nightly run"))
    #expect(listed.output.contains("\n2,unchanged,"), "\(listed.output)")
  }

  @Test func theCommandLineHasTheLastWordOnHowARunGoesAboutItsWork() throws {
    try folder.write(
      "store = \"postgres://nobody@127.0.0.1:1/x\"\n[nightly]\nretry-for = \"1h\"\n",
      to: "night.toml")
    let result = try program.run(["nightly", "--config", "night.toml", "--retry-for", "0s"])
    #expect(result.exitCode == 1)
    #expect(!result.errors.contains("trying again"))
  }
}
