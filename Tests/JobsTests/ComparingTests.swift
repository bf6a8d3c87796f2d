import Errors
import Evaluation
import Foundation
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

/// Tests which models a training is compared with, and on which ratings.
@Suite final class ComparingTests {
  private let folder: TemporaryFolder
  private let store: SQLiteStore
  private let versions: ModelVersions
  private var warnings: [JobWarning] = []

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("ratings.sqlite"))
    versions = ModelRegistry(folder.path("models"), forms: .recommenders).versions(of: .usual)
    _ = try store.migrate()
    try rate(items: 0..<30)
  }

  /// Rates about half of the items for each of 40 users, with a constant value or varying ones.
  private func rate(items: Range<Int64>, value: Float? = nil) throws {
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for user in Int64(0)..<40 {
      var random = SplitMix64(seed: UInt64(user))
      for item in items where random.next() % 2 == 0 {
        batch.append(
          Rating(
            user: UserID(user), item: ItemID(item),
            value: value ?? Float((user + item) % 2) + Float(item % 4)))
      }
    }
    try store.write { writer in
      try writer.fixTypes(user: .integer, item: .integer)
      _ = try writer.upsert(batch)
    }
  }

  private func train(
    _ trainer: any Trainer, predictor: (any Trainer)? = nil, split: String = "random:0.2",
    transform: ValueTransform = .none, refits: Bool = true,
    policy: PublishingPolicy = PublishingPolicy(
      comparesWithService: true, isForced: true)
  ) throws -> TrainingOutcome {
    warnings = []
    return try TrainingJob(
      store: store, source: .table, registry: versions.registry, name: .usual,
      request: TrainingRequest(
        .named(trainer, predictor: predictor), threadCount: 1, split: split,
        transform: transform, refits: refits),
      policy: policy, command: "latent train", latentVersion: "test",
      report: { [self] in if case .warning(let warning) = $0 { warnings.append(warning) } }
    ).run()
  }

  private var ranker: ImplicitALSTrainer {
    get throws { try ImplicitALSTrainer(reading: ["factors": "4"]) }
  }

  /// Otherwise `PREDICT` would be refused from one night to the next.
  @Test func aVersionThatPredictsIsNotReplacedByOneThatDoesNot() throws {
    #expect(try train(BiasOnly()).run.outcome == .published)
    let refused = try train(ranker)
    #expect(refused.run.outcome == .refused)
    #expect(refused.run.note.contains("does not predict ratings, and the model in service does"))
    let old = PublishingPolicy(
      comparesWithService: true, mostAge: .zero, isForced: true)
    #expect(try train(ranker, policy: old).run.outcome == .refused)
    #expect(try train(ranker, predictor: BiasOnly()).run.outcome == .published)
    // Publishing without a comparison only reports the loss.
    let told = try train(ranker, policy: PublishingPolicy(isForced: true))
    #expect(told.run.outcome == .published)
    let isTold = warnings.contains {
      if case .overruled(.predictions) = $0 { true } else { false }
    }
    #expect(isTold)
  }

  /// A rating model that predicts as well must not replace one with far better lists.
  @Test func listsAreNotLostToAModelThatPredictsAsWell() throws {
    #expect(try train(Popularity(), predictor: BiasOnly()).run.outcome == .published)
    let served = try versions.current()
    let next = try train(BiasOnly())
    let lists = next.judged.report(of: "in service")
    #expect(lists?[.ndcgAt10] != nil && next.run.note.contains("ndcg@10 is"), "\(next.run.note)")
    let gain = try #require(
      next.judged.report(of: "bias-only").flatMap { own in
        lists.flatMap { own.gain(over: $0, by: .ndcgAt10) }
      })
    #expect((next.run.outcome == .refused) == gain.isLoss(beyond: 0))
    #expect(try gain.isLoss(beyond: 0) == (versions.current() == served))
    // An explicit metric decides alone.
    let asked = try train(
      BiasOnly(),
      policy: PublishingPolicy(by: .rmse, comparesWithService: true, isForced: true)
    )
    #expect(!asked.run.note.contains("ndcg@10"))
  }

  @Test func aTransformThatNothingGoesByIsTold() throws {
    _ = try train(ranker, transform: .log1p)
    let isTold = warnings.contains {
      if case .idleTransform("implicit-als") = $0 { true } else { false }
    }
    #expect(isTold)
    _ = try train(
      ImplicitALSTrainer(reading: ["factors": "4", "confidence": "value"]), transform: .log1p)
    let isToldAgain = warnings.contains {
      if case .idleTransform = $0 { true } else { false }
    }
    #expect(!isToldAgain)
  }

  /// Training, evaluation and prediction use logarithms, and their errors are not compared with those of untransformed
  /// values.
  @Test func aTransformIsRecordedAndItsErrorsAreNotComparedWithOthers() throws {
    let plain = try train(BiasOnly())
    let logs = try train(BiasOnly(), transform: .log1p)
    #expect(logs.run.parameters["transform"] == "log1p")
    #expect(plain.run.parameters["transform"] == nil)
    #expect(logs.run.outcome == .published, "\(logs.run.note)")
    let plainError = try #require(plain.run.metrics["rmse"]?.value)
    let logError = try #require(logs.run.metrics["rmse"]?.value)
    // Values range from 0 to 4, their logarithms from 0 to 1.6.
    #expect(logError < plainError / 1.5)
    #expect(logs.judged.report(of: "in service")?[.rmse] == nil)
    let isTold = warnings.contains {
      if case .otherTransform("the model in service") = $0 { true } else { false }
    }
    #expect(isTold)

    // The best recent version is chosen among those with comparable errors; the logarithms' errors are smaller.
    let back = try train(BiasOnly(reading: ["user-damping": "4"]))
    #expect(back.judged.comparison.reports.map(\.name).contains("version 1"))
    let judged = try JudgedVersions(
      [2, 1], of: versions, on: store, from: .table, besideBaselines: false, threadCount: 1
    ) { _ in }
    let reports = judged.answers(for: Metric.all).map { $0.report() }
    let anew = try #require(reports[0][.rmse])
    #expect(abs(anew - logError) < 1e-6)
    #expect(reports[1][.rmse] == nil && reports[1][.ndcgAt10] != nil)

    let below = #expect(throws: InteractionError.self) {
      try rate(items: 0..<30, value: -1)
      _ = try train(BiasOnly(), transform: .log1p)
    }
    #expect(below?.code == .badValue && below?.problem == "log1p is undefined for -1.0")
  }

  /// A version trained and evaluated on logarithms answers in the unit of the ratings.
  @Test func predictionsOfLogarithmsAreTakenBack() throws {
    let bayes = try BayesTrainer(reading: ["factors": "2", "sweeps": "12"])
    let version = try train(bayes, transform: .log1p).version
    let model = try versions.openModel(version)
    #expect(model.transform == .log1p)
    let queries = try RecommenderQueries(to: version, of: versions)
    var options = ListOptions(count: 5)
    options.includesRated = true
    let list = try queries.recommend(for: "3", options).items
    #expect(list.count == 5)
    for item in list {
      let asked = try queries.predict(user: "3", item: item.id.description)
      let row = try #require(model.items.index(of: item.id))
      let user = try #require(model.users.index(of: UserID(3)))
      let learned = model.predict(for: model.user(at: user), item: row)
      let interval = try #require(model.interval(for: user, item: row))
      #expect(
        abs(asked.rating - (exp(learned) - 1)) < 1e-4
          && abs((item.score ?? .nan) - asked.rating) < 1e-6)
      #expect(abs((asked.interval?.lowerBound ?? -1) - (exp(interval.lowerBound) - 1)) < 1e-4)
      #expect(abs((asked.interval?.upperBound ?? -1) - (exp(interval.upperBound) - 1)) < 1e-4)
    }
    // Values range from 0 to 4.
    #expect(list.contains { ($0.score ?? 0) > 2 })
    // Beside a ranking model, only the prediction is transformed back, not the score.
    let two = try train(ranker, predictor: bayes, transform: .log1p).version
    let both = try RecommenderQueries(to: two, of: versions)
    let ranking = try versions.openModel(two)
    for item in try both.recommend(for: "3", ListOptions(count: 3)).items {
      #expect(try both.predict(user: "3", item: item.id.description).rating == item.prediction)
      let row = try #require(ranking.items.index(of: item.id))
      let user = ranking.user(at: ranking.users.index(of: UserID(3)))
      #expect(item.score == ranking.score(for: user, item: row))
    }
  }

  /// The job fails before training if the metric does not apply to any model.
  @Test func aMetricThatNoPartCanBeJudgedByIsRefused() throws {
    let errors = PublishingPolicy(by: .rmse)
    let refused = #expect(throws: TrainingError.self) { try train(ranker, policy: errors) }
    #expect(refused?.code == .badOption && refused?.place == "metric")
    #expect(try versions.all().isEmpty)
    #expect(try train(ranker, predictor: BiasOnly(), policy: errors).run.outcome != .failed)
    #expect(try train(Popularity(), policy: errors).run.outcome != .failed)
  }

  @Test func whereAllValuesAreTheSameNobodyMissesPredictions() throws {
    try rate(items: 0..<30, value: 1)
    #expect(try train(BiasOnly()).run.outcome == .published)
    let next = try train(ranker)
    #expect(!next.run.note.contains("does not predict ratings"), "\(next.run.note)")
  }

  /// With a share per user, ratings that were learned from before are held out as users rate more.
  @Test func twoNightsAreComparedByWhatNeitherHasLearnedFrom() throws {
    #expect(try train(BiasOnly(), split: "user-share:0.2").run.outcome == .published)
    try rate(items: 30..<38)
    let next = try train(BiasOnly(), split: "user-share:0.2")
    let seen = warnings.compactMap { warning -> (Int, Int)? in
      if case .seen(let seen) = warning, seen.name == "the model in service", seen.isSameSplit {
        (seen.count, seen.all)
      } else {
        nil
      }
    }
    #expect(seen.count == 1)
    let (count, all) = try #require(seen.first)
    #expect(0 < count && count < all)
    #expect(
      next.run.note.contains(
        "of the model in service (by the \(all - count) held-out ratings that neither has"),
      "\(next.run.note)")
    // The same applies to versions that are evaluated again.
    var leftOut: [Int] = []
    func judged(_ numbers: [Int]) throws -> JudgedVersions {
      leftOut = []
      return try JudgedVersions(
        numbers, of: versions, on: store, from: .table, besideBaselines: false, threadCount: 1,
        report: { if case .warning(.leftOut(let seen)) = $0 { leftOut.append(seen.count) } })
    }
    #expect(try judged([1]).ratings.heldOut.count == all - count)
    #expect(leftOut == [count])
    #expect(try judged([next.version]).ratings.heldOut.count == all)
    #expect(leftOut.isEmpty)
    #expect(try judged([next.version, 1]).ratings.heldOut.count == all - count)
    // If no rating changes sides, nothing is reported.
    let policy = PublishingPolicy(isForced: true)
    #expect(try train(BiasOnly(), policy: policy).run.outcome == .published)
    try rate(items: 38..<40)
    _ = try train(BiasOnly())
    #expect(!warnings.contains { if case .seen = $0 { true } else { false } })
  }

  @Test func whatLearnedFromAllIsSaidToHave() throws {
    #expect(try train(BiasOnly(), split: "none", policy: PublishingPolicy()).version == 1)
    _ = try train(BiasOnly())
    let isTold = warnings.contains {
      if case .seen(let seen) = $0 {
        seen.count == seen.all && seen.all > 0 && seen.split["split"] == "none" && !seen.isSameSplit
      } else {
        false
      }
    }
    #expect(isTold)
    #expect(throws: JobError.self) {
      try JudgedVersions(
        [2, 1], of: versions, on: store, from: .table, besideBaselines: false, threadCount: 1,
        report: { _ in })
    }
  }

  /// A trainer that demands all memory for the full ratings, but little for the training set.
  private struct Hungry: Trainer {
    struct Options: TrainerOptions {}
    static let name = "hungry"
    static let summary = "test: needs much for all ratings"
    var options = Options()

    func memoryDemand(users: Int, items: Int, ratings: Int) -> [MemoryDemand] {
      [MemoryDemand("all of them", numbers: ratings > 550 ? 1e18 : 1)]
    }

    func fit(
      _ data: TrainingData, in context: TrainingContext
    ) throws(TrainingError) -> FittedModel {
      try BiasOnly().fit(data, in: context)
    }
  }

  @Test func theSecondFitMustFitIntoMemoryToo() throws {
    let count = try train(BiasOnly()).run.counts["ratings_read"] ?? 0
    try #require(count > 550 && Double(count) * 0.85 < 550, "\(count)")
    let hungry = Hungry(options: Hungry.Options())
    let error = #expect(throws: JobError.self) { try train(hungry) }
    #expect(error?.code == .outOfMemoryToRefit)
    #expect(try versions.all() == [1])
    #expect(try train(hungry, refits: false).run.outcome != .failed)
  }
}
