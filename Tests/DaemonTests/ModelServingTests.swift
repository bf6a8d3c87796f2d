import Daemon
import LineProtocol
import ModelRegistry
import Synchronization
import TestEnvironment
import Testing

/// Versions of a kind unknown to the daemon, followed as they go into service.
struct ModelServingTests {
  private let folder: TemporaryFolder
  private let versions: ModelVersions

  init() throws {
    folder = try TemporaryFolder()
    versions = ModelRegistry(folder.path, forms: [TestModel.form]).versions(of: .usual)
  }

  private func publish(_ number: Float) throws {
    let staged = try StagedVersion(in: versions)
    try staged.add(TestModel.Contents([number]))
    let run = TrainingRun(
      modelName: "recommender", kind: "test", outcome: .written,
      startedAt: "2026-01-01T00:00:00Z", threadCount: 1, latentVersion: "0.1.0")
    try versions.promote(staged.commit(run).version)
  }

  @Test func eachVersionIsServedAndTheNextTakesItsPlace() async throws {
    let first = DaemonCommand(
      "FIRST", .model, summary: "The first of a model's numbers.", complexity: "O(1)", since: "0.1",
      answer: .asking(TestModel.self) { (model, _, _) throws(ErrorReply) in
        .text("\(model.contents.numbers)")
      })
    try publish(1)
    var watcher = ModelWatcher(versions)
    let one = try #require(watcher.open().model)
    try publish(2)
    let two = try #require(watcher.look().model)
    // A version that replaces another is prepared before it serves, the first one while it serves.
    #expect((two.queries as? TestModel)?.preparations.load(ordering: .relaxed) == 1)
    #expect((one.queries as? TestModel)?.preparations.load(ordering: .relaxed) == 0)
    #expect(one.facts.version == 1 && one.facts.kind == "test")
    try await TestServer.run(asking: one, commands: DaemonCommand.all + [first]) { running in
      func ask() async throws -> String { try await running.talk { try $0.ask("FIRST\n") } }
      #expect(try await ask().contains("[1.0]"))
      try await running.server.serve(two)
      #expect(try await ask().contains("[2.0]"))
    }
  }

  @Test func whatIsGoneBackToIsTakenUp() throws {
    try publish(1)
    try publish(2)
    var watcher = ModelWatcher(versions)
    #expect(watcher.open().version == 2 && watcher.check().problem == nil)
    _ = try versions.rollback()
    #expect(watcher.look().version == 1)
  }
}
