import Errors
import Evaluation
import GRDB
import Interactions
import Jobs
import Learning
import ModelRegistry
import Ratings
import RatingsSQLite
import Recommenders
import TestEnvironment
import Testing
import Trainers

/// Tests the nightly path as a library, with a real store and a real registry.
@Suite final class TrainingJobTests {
  private let folder: TemporaryFolder
  private let store: SQLiteStore
  private let registry: ModelRegistry
  private let name = ModelName.usual
  private var events: [JobEvent] = []

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("ratings.sqlite"))
    registry = ModelRegistry(folder.path("models"), forms: .recommenders)
    _ = try store.migrate()
  }

  /// Writes ratings of items of varying popularity, by users who prefer one of two kinds.
  private func fill(users: Int64 = 40, items: Int64 = 30) throws {
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    var random = SplitMix64(seed: 4)
    for user in 0..<users {
      for item in 0..<items where random.next() % 2 == 0 {
        let value = Float((user + item) % 2) + Float(item % 4)
        batch.append(Rating(user: UserID(user), item: ItemID(item), value: value))
      }
    }
    try store.write { writer in
      try writer.fixTypes(user: .integer, item: .integer)
      _ = try writer.upsert(batch)
      let comedy = ItemAttribute(name: "genre", value: "Comedy")
      _ = try writer.upsert([Item(id: ItemID(3), title: "The third", attributes: [comedy])])
    }
  }

  private func job(
    _ trainer: any Trainer, split: String = "random:0.2", resumes: Bool = false,
    refits: Bool = true, callbacks: [any TrainingCallback] = [],
    refitCallbacks: [any TrainingCallback] = [], policy: PublishingPolicy? = nil,
    from start: Int? = nil
  ) -> TrainingJob {
    var request = TrainingRequest(
      .named(trainer), threadCount: 1, split: split, resumes: resumes, refits: refits,
      callbacks: { _ in callbacks }, refitCallbacks: { _ in refitCallbacks })
    request.start = start
    return TrainingJob(
      store: store, source: .table, registry: registry, name: name,
      request: request,
      policy: policy, command: "latent train", latentVersion: "test",
      report: { [self] in events.append($0) })
  }

  private func lastRun() throws -> TrainingRun? {
    try DatabaseQueue(path: folder.path("ratings.sqlite")).read { database in
      try String.fetchOne(database, sql: "select record from training_run order by run_id desc")
        .map { try TrainingRun(json: $0) }
    }
  }

  @Test func aTrainingIsReadSplitFittedJudgedPublishedAndRecorded() throws {
    try fill()
    let trainer = try DotBiasTrainer(reading: [
      "epochs": "60", "learning-rate": "0.02", "batch": "16",
    ])
    let outcome = try job(trainer, policy: PublishingPolicy(comparesWithService: true)).run()
    #expect(outcome.version == 1 && outcome.run.outcome == .published)
    #expect(
      outcome.judged.comparison.reports.map(\.name) == ["popularity", "bias-only", "dot-bias"])
    #expect(outcome.judged.baselines.count == 2)
    #expect(outcome.run.metrics["rmse"] != nil && outcome.run.metrics["popularity.rmse"] != nil)
    #expect(try registry.versions(of: name).current() == 1)
    let recorded = try #require(try lastRun())
    #expect(recorded.outcome == .published && recorded.version == 1)
    #expect(recorded.parameters["model"] == "dot-bias" && recorded.parameters["factors"] == "50")
    let heldOutCount = try #require(recorded.counts["ratings_held_out"])
    #expect(heldOutCount > 0 && recorded.counts["ratings_read"] ?? 0 > heldOutCount)
    let reading = events.contains { if case .read(_, 30, 40, _, _) = $0 { true } else { false } }
    #expect(reading)

    // The same training again has the same result and writes nothing.
    let again = try job(trainer, policy: PublishingPolicy(comparesWithService: true)).run()
    #expect(again.version == 1 && again.run.outcome == .unchanged && again.run.version == nil)
    #expect(try registry.versions(of: name).all() == [1])
  }

  @Test func whatTheStoreKnowsOfItemsIsInTheModel() throws {
    try fill()
    let outcome = try job(BiasOnly(reading: [:])).run()
    let model = try registry.versions(of: name).openModel(outcome.version)
    let third = try #require(model.items.index(of: ItemID(3)))
    #expect(model.title(of: third) == "The third")
    let comedies = model.catalogue.items(with: ItemAttribute(name: "genre", value: "Comedy"))
    #expect(Array(comedies) == [third.position])
  }

  /// The trainer iterates without a learning rate. When stopped, it keeps a checkpoint and resumes to the same file.
  @Test func aTrainerThatTheRegistryDoesNotKnowStopsAndResumesLikeTheOthers() throws {
    try fill()
    final class Stop: TrainingCallback {
      func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
        guard progress.step == 2 else { return }
        throw TrainingError(.cancelled, "stopped", place: "here", remedy: "None.")
      }
    }
    let trainer = try ItemMeans(reading: [:])
    let error = #expect(throws: TrainingError.self) {
      try job(trainer, callbacks: [Stop()]).run()
    }
    #expect(error?.code == .cancelled)
    #expect(try lastRun()?.outcome == .failed && lastRun()?.note.contains("stopped") == true)
    let versions = registry.versions(of: name)
    #expect(try versions.checkpoints().count == 1 && versions.all() == [])
    events = []
    let resumed = try job(trainer, resumes: true).run()
    #expect(events.contains { if case .resuming = $0 { true } else { false } })
    #expect(try versions.checkpoints().isEmpty)
    let whole = try job(trainer).run()
    #expect(
      try versions.manifest(of: resumed.version).files
        == versions.manifest(of: whole.version).files)
    #expect(resumed.run.parameters["sweeps"] == "4")
  }

  /// Halfway from an earlier model to the same means is closer to them than halfway from 0.
  @Test func aTrainerThatCanIsHandedTheModelToStartFrom() throws {
    try fill()
    func ratingOfTheFirst(from start: Int? = nil) throws -> Float {
      let trainer = try ItemMeans(reading: ["sweeps": "1"])
      let version = try job(
        trainer, refits: false, policy: PublishingPolicy(isForced: true), from: start
      ).run().version
      let model = try registry.versions(of: name).openModel(version)
      return model.predict(for: model.user(at: nil), item: ItemIndex(3))
    }
    let cold = try ratingOfTheFirst()
    let warm = try ratingOfTheFirst(from: 1)
    #expect(abs(warm - cold * 1.5) < 1e-5)
    #expect(try ratingOfTheFirst() == cold)
  }

  @Test func aCheckpointThatIsNotAskedForIsReplacedAndToldOf() throws {
    try fill()
    let flag = CancellationFlag()
    flag.cancel()
    #expect(throws: TrainingError.self) { try job(DotBiasTrainer(), callbacks: [flag]).run() }
    _ = try job(DotBiasTrainer()).run()
    let isTold = events.contains {
      if case .warning(.replacesCheckpoint) = $0 { true } else { false }
    }
    #expect(isTold)
  }

  @Test func whatIsWorseThanABaselineIsWrittenAndRefused() throws {
    try fill()
    var trainer = DotBiasTrainer()
    trainer.options.descent.peakRate = 1e-30
    let outcome = try job(trainer, policy: PublishingPolicy()).run()
    #expect(outcome.run.outcome == .refused && outcome.run.note.contains("baseline"))
    #expect(try registry.versions(of: name).all() == [1])
    #expect(try registry.versions(of: name).current() == nil)
    #expect(try lastRun()?.outcome == .refused)
    let forced = try job(trainer, policy: PublishingPolicy(isForced: true)).run()
    #expect(forced.run.outcome == .published)
    let isTold = events.contains {
      if case .warning(.overruled(.baseline)) = $0 { true } else { false }
    }
    #expect(isTold)
  }

  @Test func nothingToTrainOnOrToJudgeByIsRefused() throws {
    let empty = #expect(throws: JobError.self) { try job(DotBiasTrainer()).run() }
    #expect(empty?.code == .emptyStore)
    #expect(try lastRun() == nil)
    try fill(users: 1, items: 4)
    let unjudged = #expect(throws: JobError.self) {
      try job(
        DotBiasTrainer(), split: "random:0.0001",
        policy: PublishingPolicy(comparesWithService: true)
      ).run()
    }
    #expect(unjudged?.code == .nothingHeldOut)
    #expect(try lastRun()?.outcome == .failed)
    let outcome = try job(Popularity(), split: "random:0.0001").run()
    #expect(outcome.run.outcome == .written && outcome.judged.comparison.reports.isEmpty == false)
  }

  @Test func optionsThatDoNotFitTheRatingsAreToldOfOrRefused() throws {
    try fill()
    var trainer = DotBiasTrainer()
    trainer.options.range = try #require(PredictionRange("2..5.5"))
    _ = try job(trainer).run()
    let warning = events.compactMap { event -> OptionWarning? in
      if case .warning(.option(let warning)) = event { warning } else { nil }
    }.first
    #expect(warning?.option == "range" && warning?.text.contains("excludes some") == true)
    trainer.options.range = try #require(PredictionRange("8..9"))
    let error = #expect(throws: TrainingError.self) { try job(trainer).run() }
    #expect(error?.code == .badOption && error?.place == "range")
  }

  @Test func moreMemoryThanThereIsIsRefusedByTheOptionThatAsksForIt() throws {
    var trainer = DotBiasTrainer()
    trainer.options.factorCount = 4096
    let demand = trainer.memoryDemand(users: 1 << 20, items: 1 << 20, ratings: 1 << 20)
    let limit = MemoryLimit(byteCount: 1 << 30, source: "there is")
    let error = #expect(throws: JobError.self) { try limit.check(demand) }
    #expect(error?.code == .outOfMemory && error?.problem.contains("factors 4096") == true)
    try limit.check(DotBiasTrainer().memoryDemand(users: 100, items: 100, ratings: 1000))
  }
}
