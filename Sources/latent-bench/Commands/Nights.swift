import ArgumentParser
import Evaluation
import Foundation
import Interactions
import Jobs
import Learning
import ModelRegistry
import Ratings
import RatingsSQLite
import Recommenders
import Trainers

/// `latent-bench nights`: what the publishing gate accepts and refuses, night after night.
struct Nights: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What the publishing gate refuses in nightly retraining, with and without losses.",
    discussion: """
      Starts from the oldest nine tenths of the ratings, adds 1.25 % each night, and trains as \
      `latent train --publish --unless-worse` does. Sound nights should all be published. Then \
      losses are planted by withholding training ratings until the gate's metric is worse by the \
      given fraction: a loss of --loss at once, which should be refused every time, and a series \
      of nights, each worse by --slide than the version in service on the same held-out ratings, \
      which should be refused before the last night.
      """)

  @Argument(help: "A file of ratings with times, or a MovieLens folder.", completion: .file())
  var ratings: String

  @Option(help: "The kind of model.", transform: { try TrainerRegistry.chosen($0) })
  var model: any Trainer.Type = DotBiasTrainer.self

  @Option(help: "The number of sound nights.")
  var nights = 8

  @Option(help: "The loss planted at once, as a fraction of the metric (--losses: how often).")
  var loss = 0.03
  @Option var losses = 8

  @Option(help: "The loss of each sliding night (--sliding-nights: how many).")
  var slide = 0.005
  @Option var slidingNights = 10

  @Option(help: "Threads to compute with.")
  var threads = 2

  func validate() throws {
    guard nights >= 1, losses >= 1, slidingNights >= 1, (0..<1).contains(loss),
      (0..<1).contains(slide)
    else {
      throw ValidationError(
        "--nights, --losses and --sliding-nights must be at least 1, --loss and --slide from 0 to "
          + "below 1.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let newest = try readRatings(folder)
    let (first, perNight) = (newest.count * 9 / 10, newest.count / 80)
    func ratings(_ night: Int) -> [Rating] {
      Array(newest.prefix(min(newest.count, first + night * perNight)))
    }

    var sound = try Series("sound", in: folder, of: self)
    for night in 0...nights { try sound.train(on: ratings(night)) }
    let refusals = sound.outcomes.count { $0 == .refused }
    var planted: [TrainingRun.Outcome] = []
    for number in 1...losses {
      planted.append(
        try sound.train(on: ratings(nights), losing: loss, seed: UInt64(number)))
    }
    var sliding = try Series("sliding", in: folder, of: self)
    for night in 0..<slidingNights {
      try sliding.train(
        on: ratings(min(night, nights)), losing: night == 0 ? 0 : slide, againstService: true)
    }
    let stopped = sliding.outcomes.firstIndex(of: .refused)

    let report = Report(conditions: [
      "model": model.name, "ratings": String(newest.count), "metric": sound.metric.name,
      "loss": String(loss), "slide": String(slide), "threads": String(threads),
    ])
    try report.write(
      "nights.refused", side: "latent", Samples([Double(refusals)]), unit: "of \(nights)",
      bar: .atMost(0))
    try report.write(
      "nights.planted-refused", side: "latent",
      Samples([Double(planted.count { $0 == .refused })]), unit: "of \(losses)",
      bar: .atLeast(Double(losses)))
    try report.write(
      "nights.slide-stopped", side: "latent",
      Samples([Double((stopped ?? slidingNights) + 1)]), unit: "night of \(slidingNights)",
      bar: .atMost(Double(slidingNights - 1)))
  }

  /// Reads all ratings, oldest first, by way of a store.
  private func readRatings(_ folder: ScratchFolder) throws -> [Rating] {
    let path = folder.path("all.sqlite")
    let importing = try ChildProgram(
      ChildProgram.sibling("latent"), ["import", ratings, "--store", "sqlite:\(path)"])
    _ = importing.nextOutput()
    _ = try importing.finish()
    var all: [Rating] = []
    try SQLiteStore(path: path).readRatings(from: .table) { batch in
      for position in 0..<batch.count { all.append(batch[position]) }
    }
    return all.sorted {
      ($0.time?.microseconds ?? .min, $0.user, $0.item)
        < ($1.time?.microseconds ?? .min, $1.user, $1.item)
    }
  }
}

/// A series of trainings into one registry.
private struct Series {
  let metric: Metric
  private(set) var outcomes: [TrainingRun.Outcome] = []
  private let name: String
  private let folder: ScratchFolder
  private let bench: Nights

  init(_ name: String, in folder: ScratchFolder, of bench: Nights) throws {
    self.name = name
    self.folder = folder
    self.bench = bench
    metric = Metric.usual(ranks: bench.model.capabilities.contains(.ranks), valuesVary: true)
  }

  /// Trains on `ratings`, with a loss planted by `seed`, relative to the model without it or to the model in service.
  @discardableResult
  mutating func train(
    on ratings: [Rating], losing loss: Double = 0, seed: UInt64 = 0, againstService: Bool = false
  ) throws -> TrainingRun.Outcome {
    let store = SQLiteStore(path: folder.path("\(name)-\(outcomes.count).sqlite"))
    _ = try store.migrate()
    var batch = RatingBatch(userType: ratings[0].user.type, itemType: ratings[0].item.type)
    for rating in ratings { batch.append(rating) }
    try store.write { writer in
      try writer.fixTypes(user: ratings[0].user.type, item: ratings[0].item.type)
      _ = try writer.upsert(batch)
    }
    let trainer = try bench.model.init(reading: [:])
    let versions = registry.versions(of: .usual)
    let reference = againstService ? try versions.current().map(judgedModel(versions)) : nil
    let outcome = try train(trainer, on: store, losing: loss, seed: seed, against: reference)
    outcomes.append(outcome.outcome)
    let figure = outcome.metrics[metric.name]?.value ?? .nan
    Progress.say(
      "\(name) night \(outcomes.count), loss \(loss): \(metric.name) \(figure), "
        + "\(outcome.outcome.rawValue). \(outcome.note)")
    return outcome.outcome
  }

  private var registry: ModelRegistry {
    ModelRegistry(folder.path("\(name)-models"), forms: .recommenders)
  }

  /// Returns a function that opens the model of a version that has not seen the held-out ratings.
  private func judgedModel(_ versions: ModelVersions) -> (Int) throws -> any ScoredModel {
    { try versions.openModel($0, versions.manifest(of: $0).judgedRole()) }
  }

  private func train<Base: Trainer>(
    _ base: Base, on store: SQLiteStore, losing loss: Double, seed: UInt64,
    against reference: (any ScoredModel)?
  ) throws -> TrainingRun {
    let trainer = LossyTrainer(base, losing: loss, of: metric, seed: seed, against: reference)
    return try TrainingJob(
      store: store, source: .table,
      registry: registry, name: .usual,
      request: TrainingRequest(
        .named(trainer), threadCount: bench.threads, split: "random:0.2"),
      policy: PublishingPolicy(comparesWithService: true, isForced: true),
      command: "latent-bench nights", latentVersion: "bench"
    ).run().run
  }
}
