import Daemon
import LineProtocol
import ModelRegistry
import TestEnvironment
import Testing

/// Models of a kind of which the daemon knows no more than how it is served.
struct ModelServingTests {
  /// Answers everything with a model's numbers.
  private final class Numbers: Answering {
    let facts: ModelFacts
    private let model: TestModel

    init(_ model: TestModel, _ facts: ModelFacts) {
      self.model = model
      self.facts = facts
    }

    func prepare() {}

    func answer(_ arguments: CommandArguments) throws(ErrorReply) -> Reply {
      .text("\(model.contents.numbers)")
    }
  }

  private let folder: TemporaryFolder
  private let versions: ModelVersions
  private let serving = ModelServing { model, facts in
    (model as? TestModel).map { Numbers($0, facts) }
  }

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
    try publish(1)
    var watcher = ModelWatcher(versions, servings: [.recommenders, serving])
    let first = try #require(watcher.open().answering)
    try publish(2)
    let second = try #require(watcher.look().answering)
    #expect(first.facts.version == 1 && first.facts.kind == "test")
    #expect(first.facts.userCount == nil)
    try await TestServer.run(asking: first) { running in
      func ask() async throws -> String { try await running.talk { try $0.ask("RECOMMEND 1\n") } }
      #expect(try await ask().contains("[1.0]"))
      try await running.server.serve(second)
      #expect(try await ask().contains("[2.0]"))
      let info = try await running.talk { try $0.ask("INFO model\n") }
      #expect(info.contains(#""model_kind":"test","model_users":null"#), "\(info)")
    }
  }

  @Test func whatIsGoneBackToIsTakenUp() throws {
    try publish(1)
    try publish(2)
    var watcher = ModelWatcher(versions, servings: [serving])
    #expect(watcher.open().version == 2 && watcher.check().problem == nil)
    _ = try versions.rollback()
    #expect(watcher.look().version == 1)
  }

  @Test func aKindThatNothingServesIsNamedAndWhatIsServedStays() throws {
    try publish(1)
    var watcher = ModelWatcher(versions, servings: [.recommenders])
    let problem = try #require(watcher.open().failure)
    #expect(problem.error.code == .foreign && problem.description.contains("'test'"))
  }
}

extension ModelWatcher.Finding {
  /// What was opened, if anything was.
  fileprivate var answering: (any Answering)? {
    switch self {
    case .opened(let model), .fellBack(let model?, _): model
    case .unchanged, .recovered, .failed, .fellBack(nil, _): nil
    }
  }
}
