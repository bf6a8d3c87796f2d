import Errors
import Evaluation
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

/// Tests that the served model is fitted to all ratings, and that the judged model is stored beside it.
@Suite final class RefittingTests {
  private let folder: TemporaryFolder
  private let store: SQLiteStore
  private let versions: ModelVersions
  private var events: [JobEvent] = []

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("ratings.sqlite"))
    versions = ModelRegistry(folder.path("models"), forms: .recommenders).versions(of: .usual)
    _ = try store.migrate()
    try rate(users: 0..<40)
  }

  /// Writes ratings determined by user and item: each of the given users rates about half of 30 items.
  private func rate(users: Range<Int64>, lowering: Float = 0) throws {
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for user in users {
      var random = SplitMix64(seed: UInt64(user))
      for item in Int64(0)..<30 where random.next() % 2 == 0 {
        let value = Float((user + item) % 2) + Float(item % 4) - lowering
        batch.append(Rating(user: UserID(user), item: ItemID(item), value: value))
      }
    }
    try store.write { writer in
      try writer.fixTypes(user: .integer, item: .integer)
      _ = try writer.upsert(batch)
    }
  }

  private func train(
    _ trainer: any Trainer = BiasOnly(), predictor: (any Trainer)? = nil,
    split: String = "random:0.2", resumes: Bool = false,
    refits: Bool = true, refitCallbacks: [any TrainingCallback] = [],
    policy: PublishingPolicy? = PublishingPolicy(comparesWithService: true)
  ) throws -> TrainingOutcome {
    events = []
    return try TrainingJob(
      store: store, source: .table, registry: versions.registry, name: .usual,
      request: TrainingRequest(
        .named(trainer, predictor: predictor), threadCount: 1, split: split, resumes: resumes,
        refits: refits, refitCallbacks: { _ in refitCallbacks }),
      policy: policy, command: "latent train", latentVersion: "test",
      report: { [self] in events.append($0) }
    ).run()
  }

  private func roles(_ version: Int) throws -> [ModelRole] {
    try versions.manifest(of: version).files.map(\.role)
  }

  @Test func everybodyIsKnownToWhatIsServed() throws {
    // Users with one rating, some of which the split holds out every night.
    let loners = Int64(1000)..<1040
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for user in loners { batch.append(Rating(user: UserID(user), item: ItemID(3), value: 4)) }
    try store.write { _ = try $0.upsert(batch) }
    func known(_ role: ModelRole) throws -> Int {
      let users = try versions.openModel(1, role).users
      return loners.count { users.index(of: UserID($0)) != nil }
    }

    let outcome = try train()
    #expect(outcome.run.outcome == .published && events.contains { $0.isRefitting })
    #expect(try roles(1) == [.main, .judged])
    #expect(try known(.main) == loners.count)
    #expect(try (1..<loners.count).contains(known(.judged)))
    #expect(outcome.run.counts["ratings_fitted"] == outcome.run.counts["ratings_read"])
    try versions.verify(1)

    // The model equals one trained without a held-out set.
    _ = try train(split: "none", policy: nil)
    #expect(try versions.manifest(of: 2).digest() == versions.manifest(of: 1).digest())
    #expect(try roles(2) == [.main])
    _ = try train(refits: false, policy: nil)
    #expect(try roles(3) == [.main])
    #expect(try versions.manifest(of: 3).digest() == versions.manifest(of: 1).digest(of: .judged))
  }

  /// Options determined during evaluation are recorded and reused for the refit.
  @Test func takesWhatWasSettled() throws {
    let trainer = try BlendTrainer(reading: ["parts": "item-item,als:factors=2"])
    let run = try train(trainer).run
    func shares(_ role: ModelRole) throws -> ModelFact? {
      try versions.openModel(1, role).facts.first { $0.name == "shares" }
    }
    let settled = try #require(run.parameters["shares"])
    #expect(settled != "auto" && run.parameters["parts"] == "item-item,als:factors=2")
    #expect(try shares(.main) == shares(.judged) && shares(.main) != nil)
    try versions.verify(1)
    // A training with the recorded options gives the same model.
    _ = try train(trainer.with(["shares": settled]), policy: nil)
    #expect(try versions.manifest(of: 1).digest() == versions.manifest(of: 2).digest())
  }

  /// The judged model alone would not reveal a changed held-out rating.
  @Test func aHeldOutRatingThatChangedMakesAnotherVersion() throws {
    #expect(try train().run.outcome == .published)
    #expect(try train().run.outcome == .unchanged)
    try rate(users: 39..<40, lowering: 0.5)
    #expect(try train().run.outcome == .published)
    #expect(try versions.all() == [1, 2])
  }

  /// The refit runs as many epochs as the judged model kept, since it has no held-out set for early stopping.
  @Test func takesTheEpochThatWasKept() throws {
    let trainer = try DotBiasTrainer(reading: [
      "epochs": "40", "learning-rate": "0.3", "batch": "16", "factors": "20", "keep-best": "true",
      "early-stop": "2",
    ])
    final class Counter: TrainingCallback {
      var epochs = 0
      func epochDidEnd(_ record: EpochRecord) -> Continuation {
        epochs = record.epoch
        return .proceed
      }
    }
    let counter = Counter()
    _ = try train(
      trainer, refitCallbacks: [counter],
      policy: PublishingPolicy(isForced: true))
    let kept = events.compactMap { if case .keptEpoch(let epoch) = $0 { epoch } else { nil } }
    #expect(kept.count == 1 && kept.first == counter.epochs && counter.epochs < 40)
  }

  @Test func anInterruptionOfTheSecondFitIsGoneOnFrom() throws {
    final class Stop: TrainingCallback {
      func stepDidEnd(_ progress: TrainingProgress) throws(TrainingError) {
        guard progress.step == 2 else { return }
        throw TrainingError(.cancelled, "stopped", place: "here", remedy: "None.")
      }
    }
    let trainer = try ItemMeans(reading: [:])
    let error = #expect(throws: TrainingError.self) {
      try train(trainer, refitCallbacks: [Stop()], policy: nil)
    }
    #expect(error?.code == .cancelled)
    #expect(try versions.all() == [] && versions.checkpoints().count == 1)
    // A training without `resumes` does not continue from the checkpoint.
    let whole = try train(trainer, policy: nil)
    #expect(try versions.checkpoints().isEmpty)
    _ = #expect(throws: TrainingError.self) {
      try train(trainer, refitCallbacks: [Stop()], policy: nil)
    }
    final class FirstStep: TrainingCallback {
      var step: Int?
      func stepDidEnd(_ progress: TrainingProgress) { step = step ?? progress.step }
    }
    let first = FirstStep()
    let resumed = try train(trainer, resumes: true, refitCallbacks: [first], policy: nil)
    #expect(first.step == 3)
    #expect(
      try versions.manifest(of: resumed.version).files
        == versions.manifest(of: whole.version).files)
  }

  @Test func aRefusalIsNotFittedAgainNorWrittenTwice() throws {
    _ = try train()
    var bad = DotBiasTrainer()
    bad.options.descent.peakRate = 1e-30
    let policy = PublishingPolicy(comparesWithService: true)
    let refused = try train(bad, policy: policy)
    #expect(refused.run.outcome == .refused && refused.version == 2)
    #expect(try roles(2) == [.main] && !events.contains { $0.isRefitting })
    let again = try train(bad, policy: policy)
    #expect(again.run.outcome == .refused && again.version == 2 && again.run.version == nil)
    #expect(again.run.note.contains("the same as version 2, which was refused before"))
    #expect(try versions.all() == [1, 2] && versions.current() == 1)
  }

  /// A ranking and a predicting model form one version. Each is judged by its own metric, and they are published or
  /// refused together.
  @Test func aVersionHasOneModelThatRanksAndOneThatPredicts() throws {
    let descent = try DotBiasTrainer(reading: [
      "epochs": "60", "learning-rate": "0.02", "batch": "16",
    ])
    let outcome = try train(Popularity(), predictor: descent)
    #expect(outcome.run.outcome == .published, "\(outcome.run.note)")
    #expect(try roles(1) == [.main, .judged, .judgedPredictor, .predictor])
    let metrics = outcome.run.metrics
    #expect(metrics["rmse"] == metrics["dot-bias.rmse"])
    #expect(
      metrics["ndcg@10"]
        == outcome.judged.report(of: "popularity")?[.ndcgAt10].map {
          TrainingRun.Figure($0, better: .higher)
        })
    #expect(outcome.run.parameters["predictor"] == "dot-bias")
    #expect(outcome.run.parameters["dot-bias.epochs"] == "60")
    #expect(try versions.manifest(of: 1).kind == "popularity")
    let queries = try RecommenderQueries(to: 1, of: versions)
    let expected = try versions.openModel(1, .predictor)
    #expect(
      try queries.predict(user: "1", item: "3").rating
        == expected.predict(
          for: expected.user(at: expected.users.index(of: UserID(1))),
          item: expected.items.index(of: ItemID(3))))

    #expect(try train(Popularity(), predictor: descent).run.outcome == .unchanged)
    var bad = descent
    bad.options.descent.peakRate = 1e-30
    let refused = try train(Popularity(), predictor: bad)
    #expect(refused.run.outcome == .refused)
    #expect(refused.run.note.contains("rmse is") && !refused.run.note.contains("ndcg@10 is"))
    #expect(try roles(2) == [.main, .predictor])
    // A single predicting model that is as good replaces both.
    let alone = try train(descent)
    #expect(alone.run.outcome == .published, "\(alone.run.note)")
  }

  /// The model in service only ranks, so the predictor of the next version has no rival.
  @Test func whatPredictsIsNotComparedByItsLists() throws {
    let ranker = try ImplicitALSTrainer(reading: ["factors": "4"])
    let policy = PublishingPolicy(comparesWithService: true, isForced: true)
    #expect(try train(ranker, policy: policy).run.outcome == .published)
    // Without previous predictions, nothing is lost.
    #expect(try train(ranker, policy: policy).run.outcome == .unchanged)
    let both = try train(ranker, predictor: BiasOnly(), policy: policy)
    #expect(both.run.outcome == .published, "\(both.run.note)")
    #expect(both.run.metrics["rmse"] != nil)
    // A model that only predicts is compared with the predictor.
    let alone = try train(BiasOnly(), policy: policy)
    #expect(alone.run.note.contains("rmse is"), "\(alone.run.note)")
    let judged = try JudgedVersions(
      [2], of: versions, on: store, from: .table, besideBaselines: false, threadCount: 1,
      report: { _ in })
    let report = judged.answers(for: [.rmse, .ndcgAt10])[0].report()
    #expect(report[.rmse] == both.run.metrics["rmse"]?.value)
    #expect(report[.ndcgAt10] == both.run.metrics["ndcg@10"]?.value)
  }

  /// A requested refit is made even if the judged model equals the one in service.
  @Test func aRefitThatIsAskedForIsMadeOfWhatIsInServiceWithout() throws {
    #expect(try train(refits: false).run.outcome == .published)
    let again = try train()
    #expect(again.run.outcome == .published)
    #expect(try roles(again.version) == [.main, .judged])
    #expect(try train().run.outcome == .unchanged)
  }

  /// A slight deterioration is not accepted night after night.
  @Test func theBestOfLateIsComparedWithToo() throws {
    _ = try train()
    // A worse version was promoted manually.
    var bad = DotBiasTrainer()
    bad.options.descent.peakRate = 1e-30
    try versions.promote(train(bad, policy: nil).version)
    let policy = PublishingPolicy(comparesWithService: true, isForced: true)
    bad.options.factorCount = 3
    let refused = try train(bad, policy: policy)
    #expect(refused.run.outcome == .refused)
    #expect(refused.run.note.contains("of version 1, the best of the last 30 days: worse by"))
    #expect(refused.run.metrics.keys.contains("version 1.rmse"))
  }

  /// A trainer that diverges if nothing is held out.
  private struct Astray: Trainer {
    struct Options: TrainerOptions {}
    static let name = "astray"
    static let summary = "test: predicts far too much where nothing is held out"
    var options = Options()

    func fit(
      _ data: TrainingData, in context: TrainingContext
    ) throws(TrainingError) -> FittedModel {
      FittedModel(
        FactorTables(
          factorCount: 0, userFactors: [], itemFactors: [],
          userBiases: Array(repeating: 0, count: data.training.userCount),
          itemBiases: Array(repeating: 0, count: data.training.itemCount),
          globalMean: data.heldOut == nil ? 100 : Float(data.training.meanValue())))
    }
  }

  /// Otherwise the figures would be those of another model than the one served.
  @Test func aSecondFitThatIsWorseIsNeverServed() throws {
    #expect(try train().version == 1)
    let astray = Astray(options: Astray.Options())
    let forced = PublishingPolicy(isForced: true)
    let error = #expect(throws: JobError.self) { try train(astray, policy: forced) }
    #expect(error?.code == .badRefit && error?.place == "the model astray")
    #expect(try versions.all() == [1] && versions.current() == 1)
    #expect(try train(astray, refits: false, policy: forced).run.outcome == .published)
  }
}

extension JobEvent {
  fileprivate var isRefitting: Bool { if case .refitting = self { true } else { false } }
}
