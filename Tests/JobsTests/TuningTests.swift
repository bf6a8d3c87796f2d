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

import struct Foundation.Data
import class Foundation.FileManager
import struct Foundation.URL

/// Tests a training that first searches for its options.
@Suite final class TuningTests {
  private let folder: TemporaryFolder
  private let store: SQLiteStore
  private let registry: ModelRegistry
  private var events: [JobEvent] = []

  init() throws {
    folder = try TemporaryFolder()
    store = SQLiteStore(path: folder.path("ratings.sqlite"))
    registry = ModelRegistry(folder.path("models"), forms: .recommenders)
    _ = try store.migrate()
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for user in Int64(0)..<60 {
      var random = SplitMix64(seed: UInt64(user))
      for item in Int64(0)..<40 where random.next() % 3 == 0 {
        let taste = (user + item) % 4 == 0 ? Float(2) : 0
        batch.append(
          Rating(
            user: UserID(user), item: ItemID(item),
            value: 1 + taste + Float(item % 2) + Float(random.next() % 2)))
      }
    }
    try store.write { writer in
      try writer.fixTypes(user: .integer, item: .integer)
      _ = try writer.upsert(batch)
    }
  }

  private func versions(_ name: String) throws -> ModelVersions {
    registry.versions(of: try ModelName(name))
  }

  private func train(
    _ models: ModelChoice, name: String = "tuned", seconds: Double? = 3, given: Set<String> = [],
    resumes: Bool = false, cancellation: CancellationFlag? = nil,
    onTrial: @escaping (OptionTrial) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    events = []
    var request = TrainingRequest(
      models, threadCount: 1, split: "random:0.2",
      tuning: seconds.map { TuningRequest(seconds: $0, given: given) }, resumes: resumes)
    request.cancellation = cancellation
    if let cancellation { request.callbacks = { _ in [cancellation] } }
    return try TrainingJob(
      store: store, source: .table, registry: registry, name: try ModelName(name),
      request: request,
      policy: nil, command: "latent train", latentVersion: "test",
      report: { [self] in
        events.append($0)
        if case .tried(let trial, _) = $0 { onTrial(trial) }
      }
    ).run()
  }

  private func model(_ name: String, _ outcome: TrainingOutcome) throws -> Data {
    let folder = "models/\(name)/versions/00000\(outcome.version)"
    return try Data(
      contentsOf: URL(fileURLWithPath: self.folder.path("\(folder)/model.safetensors")))
  }

  /// The record contains the options of the training, and a training with them, without a search, gives the same model.
  @Test func theChoiceIsTheBestThatWasTriedAndCanBeMadeAgain() throws {
    let als = try ALSTrainer(reading: ["sweeps": "9", "factors": "2"])
    let tuned = try train(.named(als), given: ["sweeps", "factors"])
    let trials = try #require(tuned.run.trials)
    let whole = trials.filter { $0.share == 1 }
    #expect(trials.first?.options == [:] && whole.count > 2 && trials.count > whole.count)
    #expect(trials.allSatisfy { $0.metric == "rmse" && $0.kind == "als" })
    #expect(trials.allSatisfy { $0.options["factors"] == nil && $0.options["sweeps"] == nil })
    let best = try #require(whole.min { $0.value ?? .infinity < $1.value ?? .infinity })
    for (name, value) in best.options {
      #expect(Double(tuned.run.parameters[name] ?? "") == Double(value))
    }
    var options = best.options
    options.merge(["sweeps": "9", "factors": "2"]) { $1 }
    let again = try train(.named(ALSTrainer(reading: options)), name: "again", seconds: nil)
    #expect(try model("again", again) == model("tuned", tuned))
    #expect(again.run.trials == nil)
  }

  @Test func bothModelsOfAVersionAreSearchedEachForWhatIsItsOwn() throws {
    let outcome = try train(.byData([:]), seconds: 4)
    let trials = try #require(outcome.run.trials)
    #expect(Set(trials.map(\.kind)) == ["item-item", "bayes"])
    for trial in trials where !trial.options.isEmpty {
      #expect(
        Set(trial.options.keys)
          == (trial.kind == "bayes" ? ["factors", "features"] : ["regularization", "dropout"]))
      #expect(trial.metric == (trial.kind == "bayes" ? "rmse" : "ndcg@10"))
    }
  }

  @Test func whereTrialsCannotBeKeptTheSearchStopsAtTheFirst() throws {
    let path = try versions("tuned").tuningPath()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let error = #expect(throws: JobError.self) {
      try train(.named(ALSTrainer(reading: ["sweeps": "2", "factors": "2"])))
    }
    #expect(error?.code == .noPlace && error?.place == path)
    #expect(try versions("tuned").all().isEmpty)
  }

  /// Trials made before an interruption are not repeated.
  @Test func itGoesOnFromWhatItTried() throws {
    let als = try ALSTrainer(reading: ["sweeps": "9", "factors": "2"])
    let flag = CancellationFlag()
    var count = 0
    let stopped = #expect(throws: TrainingError.self) {
      _ = try train(.named(als), cancellation: flag) { _ in
        count += 1
        if count == 5 { flag.cancel() }
      }
    }
    #expect(stopped?.code == .cancelled)
    let kept = try versions("tuned").tuningPath()
    #expect((try? Data(contentsOf: URL(fileURLWithPath: kept))) != nil)
    var anew: [OptionTrial] = []
    let outcome = try train(.named(als), resumes: true) { anew.append($0) }
    let trials = try #require(outcome.run.trials)
    #expect(trials.count == anew.count + 5)
    #expect(Array(trials.dropFirst(5)) == anew)
    #expect((try? Data(contentsOf: URL(fileURLWithPath: kept))) == nil)

    // Without `resumes`, or with other options, the search starts again.
    flag.cancel()
    _ = try? train(.named(als), seconds: 2, cancellation: flag)
    let other = try train(
      .named(try ALSTrainer(reading: ["sweeps": "9", "factors": "3"])), resumes: true)
    #expect(other.run.trials?.count == events.count { if case .tried = $0 { true } else { false } })
  }

  /// A checkpoint with other options does not prevent training with those the search chose.
  @Test func aCheckpointOfAnotherTrainingIsReplaced() throws {
    let als = try ALSTrainer(reading: ["sweeps": "9", "factors": "2", "regularization": "0.9"])
    let flag = CancellationFlag()
    flag.cancel()
    #expect(throws: TrainingError.self) {
      _ = try train(.named(als), seconds: nil, cancellation: flag)
    }
    #expect(try !versions("tuned").checkpoints().isEmpty)
    let searched = try ALSTrainer(reading: ["sweeps": "9", "factors": "2"])
    #expect(try train(.named(searched), seconds: 1, resumes: true).run.outcome == .written)
    let isTold = events.contains {
      if case .warning(.replacesCheckpoint(let obstacle)) = $0 { obstacle != nil } else { false }
    }
    #expect(isTold)
  }

  @Test func whatHasNothingToSearchIsLearnedAsItIs() throws {
    let outcome = try train(.named(BiasOnly()))
    #expect(outcome.run.trials == [] && outcome.run.outcome == .written)
  }
}
