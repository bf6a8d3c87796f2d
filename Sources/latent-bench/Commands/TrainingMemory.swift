import ArgumentParser
import Foundation
import Interactions
import TensorCore
import Trainers

/// `latent-bench memory`: the peak memory from ratings to a model.
struct TrainingMemory: SizedBench {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Peak resident memory of reading, splitting and training on many ratings.",
    discussion: """
      Synthetic ratings with times, by default in the shape of the Netflix Prize, arrive in random \
      order, as from a store. They are read into a table and split, and a model is trained for one \
      epoch or sweep. The figures are this process's peak memory (VmHWM) up to the end of each part.
      """)

  static let usualSize = (users: 480_189, items: 17_770, factors: 64)
  static let leastSize = (users: 1, items: 1, factors: 1)

  @Option(help: "The number of ratings.")
  var ratings = 100_000_000

  @OptionGroup var size: ModelSizeOptions<TrainingMemory>

  @Option(help: "The kind of model.")
  var model = DotBiasTrainer.name

  @OptionGroup var settings: ModelSettings

  @Option(help: ArgumentHelp("The share of ratings held out.", valueName: "share"))
  var heldOut = 0.1

  @Option(help: "Threads.")
  var threads = 2

  func validate() throws {
    guard TrainerRegistry.trainer(named: model) != nil else {
      throw ValidationError("--model must be one of \(TrainerRegistry.names(with: [])).")
    }
    guard ratings >= 1, threads >= 1 else {
      throw ValidationError("--ratings and --threads must be at least 1.")
    }
    guard heldOut > 0, heldOut < 1 else {
      throw ValidationError("--held-out must be between 0 and 1.")
    }
  }

  func run() throws {
    var report = try Report(
      conditions: size.conditions(
        [
          "ratings": String(ratings), "heldOut": String(heldOut), "model": model,
          "threads": String(threads),
        ].merging(settings.texts()) { $1 }))
    let split = try splitRatings(&report)
    Progress.say("training on \(split.training.count) ratings")
    let trainer = try trainer()
    let data = TrainingData(training: split.training, heldOut: split.heldOut)
    let seconds = try timed {
      try trainer.fit(data, in: TrainingContext(compute: ComputeContext(threadCount: threads)))
    }.seconds
    try write("training", seconds, to: report, bar: .atMost(3e9))
  }

  /// Returns the trainer with the given options, by default with one pass over the ratings.
  private func trainer() throws -> any Trainer {
    guard let kind = TrainerRegistry.trainer(named: model) else { preconditionFailure(model) }
    let known = kind.optionNames
    let usual = [
      "factors": String(size.factors), "epochs": "1", "sweeps": "1", "batch": "64", "range": "none",
    ]
    return try kind.init(
      reading: usual.filter { known.contains($0.key) }.merging(settings.texts()) { $1 })
  }

  /// Reads and splits the ratings. A function of its own, so that the whole table is released once it is split.
  private func splitRatings(_ report: inout Report) throws -> SplitRatings {
    Progress.say("reading \(ratings) ratings")
    let (table, readingSeconds) = try timed { try readTable() }
    report.conditions["distinct"] = String(table.count)
    try write("reading", readingSeconds, to: report)
    Progress.say("splitting \(table.count) distinct ratings")
    let clock = ContinuousClock()
    let start = clock.now
    let split = try (consume table).split(by: .random(share: heldOut, seed: 0))
    try write("splitting", (clock.now - start) / .seconds(1), to: report)
    return split
  }

  private func readTable() throws -> InteractionTable {
    var builder = InteractionTableBuilder()
    try SyntheticRatings(userCount: size.users, itemCount: size.items, count: ratings)
      .forEachBatch { try builder.append($0) }
    return builder.finish()
  }

  private func write(
    _ part: String, _ seconds: Double, to report: Report, bar: Report.Bar? = nil
  ) throws {
    guard let peak = memoryOfProcess("VmHWM") else {
      throw ChildFailure(description: "this system does not report peak resident memory")
    }
    try report.write("memory.\(part)", Samples([peak]), unit: "bytes", bar: bar)
    try report.write("memory.\(part).seconds", Samples([seconds]), unit: "s")
  }
}
