import Errors
import Foundation
import Jobs
import ModelRegistry
import Ratings
import RatingsSQLite
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Tests trainings that start from an earlier version.
@Suite struct StartingVersionTests {
  private let folder: TemporaryFolder
  private let store: SQLiteStore
  private let registry: ModelRegistry

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("ratings.sqlite"))
    registry = ModelRegistry(folder.path("models"), forms: .recommenders)
    _ = try store.migrate()
    try store.write { try $0.fixTypes(user: .integer, item: .integer) }
    try addRatings(byUsers: 0..<40)
  }

  private func addRatings(byUsers users: Range<Int64>, ofItems items: Range<Int64> = 0..<30) throws
  {
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    var random = SplitMix64(seed: 4)
    for user in users {
      for item in items where random.next() % 2 == 0 {
        let value = Float((user + item) % 2) + Float(item % 4)
        batch.append(Rating(user: UserID(user), item: ItemID(item), value: value))
      }
    }
    try store.write { _ = try $0.upsert(batch) }
  }

  private func train(
    _ name: String, sweeps: Int = 60, split: String = "random:0.2", from start: Int? = nil
  ) throws -> TrainingOutcome {
    let kind = try #require(TrainerRegistry.trainer(named: name))
    let options = name == "dot-bias" ? [:] : ["sweeps": "\(sweeps)", "factors": "3"]
    var request = TrainingRequest(
      .named(try kind.init(reading: options)), threadCount: 1, split: split)
    request.start = start
    return try TrainingJob(
      store: store, source: .table, registry: registry, name: .usual, request: request,
      policy: nil, command: "latent train", latentVersion: "test"
    ).run()
  }

  @Test func fewSweepsFromAVersionAreAsGoodAsManyFromNothing() throws {
    let cold = try train("als")
    let warm = try train("als", sweeps: 5, from: 1)
    let once = try train("als", sweeps: 1, from: 1)
    let anew = try train("als", sweeps: 1)
    #expect(warm.run.parameters["from"] == "1" && cold.run.parameters["from"] == nil)
    func error(_ outcome: TrainingOutcome) throws -> Double {
      try #require(outcome.run.metrics["rmse"]?.value)
    }
    #expect(abs(try error(warm) - error(cold)) < 0.05)
    #expect(try error(once) < error(anew))
  }

  /// With a split by user, some held-out ratings change as a user rates more, including ones learned from before.
  @Test func aVersionThatHasSeenWhatIsHeldOutNowIsNoStart() throws {
    _ = try train("als", sweeps: 2, split: "user-share:0.2")
    _ = try train("als", sweeps: 1, split: "user-share:0.2", from: 1)
    try addRatings(byUsers: 0..<40, ofItems: 30..<60)
    let error = #expect(throws: JobError.self) {
      _ = try train("als", sweeps: 1, split: "user-share:0.2", from: 1)
    }
    #expect(error?.code == .badStart && error?.problem.contains("has learned from") == true)
    _ = try train("als", sweeps: 2)
    try addRatings(byUsers: 40..<50)
    _ = try train("als", sweeps: 1, from: 3)
  }

  @Test func aDamagedVersionIsNoStart() throws {
    _ = try train("als", sweeps: 1)
    let path = folder.path("models/recommender/versions/000001/judged.safetensors")
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[bytes.count - 5] ^= 0x40
    try FileManager.default.removeItem(atPath: path)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: ModelFileError.self) { _ = try train("als", sweeps: 1, from: 1) }
    #expect(error?.description.contains("judged.safetensors") == true)
    #expect(try registry.versions(of: .usual).all() == [1])
  }

  @Test func versionsThatCanBeNoStartAreRefused() throws {
    _ = try train("als")
    for (name, split, start) in [
      ("implicit-als", "random:0.2", 1), ("dot-bias", "random:0.2", 1), ("als", "random:0.3", 1),
    ] {
      let error = #expect(throws: JobError.self) {
        _ = try train(name, sweeps: 1, split: split, from: start)
      }
      #expect(error?.code == .badStart)
    }
    #expect(throws: ModelFileError.self) { _ = try train("als", sweeps: 1, from: 9) }
    #expect(try registry.versions(of: .usual).all() == [1])
  }
}
