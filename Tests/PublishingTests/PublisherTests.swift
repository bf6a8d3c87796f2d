import Errors
import Foundation
import ModelRegistry
import Publishing
import Ratings
import Recommenders
import Synchronization
import TestEnvironment
import Testing

/// From contents in memory to a version in service, and all that may come between.
struct PublisherTests {
  let folder: TemporaryFolder
  let registry: ModelRegistry
  let name: ModelName
  let versions: ModelVersions

  init() throws {
    folder = try TemporaryFolder()
    registry = ModelRegistry(folder.path("models"), forms: .recommenders)
    name = try ModelName("recommender")
    versions = registry.versions(of: name)
  }

  static func contents(mean: Float) -> FactorModelContents {
    FactorModelContents(
      kind: "dot-bias", users: .integers([1, 2]), items: .integers([10, 20, 30]),
      tables: FactorTables(
        factorCount: 1, userFactors: [1, 2], itemFactors: [1, 2, 3], userBiases: [0, 0],
        itemBiases: [0, 0, 0], globalMean: mean),
      itemRatingCounts: [1, 1, 0], ratedOffsets: [0, 1, 2], ratedItems: [0, 1],
      titles: ["A", nil, "C"])
  }

  static let run = TrainingRun(
    modelName: "recommender", modelKind: "dot-bias", outcome: .written,
    startedAt: "2026-11-20T03:00:00Z", dataFingerprint: "ab", ratingCount: 2, heldOutCount: 0,
    userCount: 2, itemCount: 3, threadCount: 1, latentVersion: "0.1.0")

  func publisher() throws -> Publisher { try Publisher(of: name, in: registry, command: "test") }

  func stagingCount() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "\(registry.folder)/recommender/staging")
      .count
  }

  @Test func aModelIsStagedCommittedAndPromoted() throws {
    let publisher = try publisher()
    for (number, mean) in [Float(3), 4].enumerated() {
      let staged = try publisher.stage(Self.contents(mean: mean))
      #expect(staged.model.score(for: staged.model.user(at: nil), item: nil) == mean)
      #expect(try versions.all().count == number)
      let manifest = try staged.commit(Self.run)
      #expect(manifest.version == number + 1 && manifest.run.version == number + 1)
      #expect(try versions.current() == (number == 0 ? nil : number))
      try publisher.promote(manifest.version)
      #expect(try versions.current() == number + 1)
      // What was opened in staging answers on.
      let user = staged.model.user(at: UserIndex(1))
      #expect(staged.model.predict(for: user, item: ItemIndex(2)) == mean + 6)
    }
    #expect(try FactorModel.open(versions.modelPath(of: 2)).globalMean == 4)
    #expect(try stagingCount() == 0)
    #expect(try versions.rollback().to == 1)
  }

  @Test func theSameContentsGiveTheSameFile() throws {
    let publisher = try publisher()
    let first = try publisher.stage(Self.contents(mean: 3)).commit(Self.run)
    let second = try publisher.stage(Self.contents(mean: 3)).commit(Self.run)
    #expect(first.version != second.version && first.digest == second.digest)
  }

  @Test func contentsThatMakeNoSenseAreNotStaged() throws {
    let publisher = try publisher()
    var unsorted = Self.contents(mean: 3)
    unsorted.catalogue.items = .integers([10, 30, 20])
    for contents in [Self.contents(mean: .nan), unsorted] {
      #expect(throws: ModelFileError.self) { try publisher.stage(contents) }
    }
    #expect(try stagingCount() == 0)
    #expect(try versions.all().isEmpty)
  }

  @Test func aModelThatIsNotCommittedLeavesNothing() throws {
    let publisher = try publisher()
    do { _ = try publisher.stage(Self.contents(mean: 3)) }
    let staged = try publisher.stage(Self.contents(mean: 3))
    #expect(try stagingCount() == 1)
    staged.abort()
    #expect(try stagingCount() == 0)
    #expect(staged.model.score(for: staged.model.user(at: nil), item: nil) == 3)
    #expect(try versions.all().isEmpty)
  }

  @Test func aKilledPublishIsClearedAwayByTheNext() throws {
    do {
      let publisher = try publisher()
      try publisher.promote(publisher.stage(Self.contents(mean: 3)).commit(Self.run).version)
    }
    // As after kill -9 in the middle of staging: files, and nobody to remove them.
    let left = "\(registry.folder)/recommender/staging/version-999-1"
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    try Self.contents(mean: 9).write(to: left + "/model.safetensors")
    #expect(try versions.current() == 1 && versions.all() == [1])
    let publisher = try publisher()
    #expect(try stagingCount() == 0)
    #expect(try publisher.stage(Self.contents(mean: 4)).commit(Self.run).version == 2)
    #expect(try versions.current() == 1)
  }

  @Test func aPublisherAndWhatItStagedKeepTheLock() throws {
    var staged: StagedModel? = try publisher().stage(Self.contents(mean: 3))
    #expect(throws: ModelFileError.self) { try publisher() }
    staged?.abort()
    staged = nil
    _ = try publisher()
  }

  @Test func rollingBackDoesNotWaitForATraining() throws {
    let publisher = try publisher()
    for mean in [Float(1), 2] {
      try publisher.promote(publisher.stage(Self.contents(mean: mean)).commit(Self.run).version)
    }
    #expect(try versions.rollback().to == 1)
    withExtendedLifetime(publisher) {}
  }

  @Test func readersSeeAWholeModelWhileItIsReplaced() throws {
    let publisher = try publisher()
    try publisher.promote(publisher.stage(Self.contents(mean: 1)).commit(Self.run).version)
    let reader = ReaderInService(of: versions)
    Thread.detachNewThread { reader.readUntilStopped() }
    var last = 1
    repeat {
      last += 1
      let staged = try publisher.stage(Self.contents(mean: Float(last)))
      try publisher.promote(staged.commit(Self.run).version)
    } while last < 20 || reader.openCount < 20
    #expect(reader.stop() == [])
    #expect(try versions.current() == last)
  }
}

/// Opens what is in service again and again, on a thread of its own, as a daemon might.
private final class ReaderInService: Sendable {
  private struct State {
    var openCount = 0
    var problems: [String] = []
    var isStopping = false
  }

  private let versions: ModelVersions
  private let state = Mutex(State())
  private let ended = DispatchSemaphore(value: 0)

  init(of versions: ModelVersions) { self.versions = versions }

  /// How many models it has opened so far.
  var openCount: Int { state.withLock { $0.openCount } }

  func readUntilStopped() {
    while !state.withLock({ $0.isStopping }) {
      let problem = read()
      state.withLock {
        $0.openCount += 1
        if let problem { $0.problems.append(problem) }
      }
    }
    ended.signal()
  }

  /// Ends the reading and answers what was wrong.
  func stop() -> [String] {
    state.withLock { $0.isStopping = true }
    ended.wait()
    return state.withLock { $0.problems }
  }

  /// Opens the model in service, whose mean is its version's number.
  private func read() -> String? {
    do {
      guard let version = try versions.current() else { return "none in service" }
      let mean = try FactorModel.open(versions.modelPath(of: version)).globalMean
      return mean == Float(version) ? nil : "version \(version) has the mean \(mean)"
    } catch {
      return "\(error)"
    }
  }
}
