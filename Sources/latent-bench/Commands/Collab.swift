import ArgumentParser
import Foundation
import Interactions
import Learning
import Ratings
import RatingsFiles
import RatingsSQLite
import Recommenders
import TensorCore
import Trainers

/// `latent-bench collab`: fastai's recipe on a fixed split, for both sides.
struct Collab: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A rating model by fastai's recipe: seconds of fit alone, and validation error.",
    discussion: """
      Five epochs, 50 factors or hidden layers of 100 and 50, batches of 64, learning rate 5e-3, \
      weight decay 0.1, a range from 0 to 0.5 above the highest rating. The same fifth of the \
      ratings is always held out. A run trains once per seed. Peer: --peer "python \
      ../shared/peers/fastai_collab.py".
      """)

  @OptionGroup var source: RatingsArgument

  @Option(
    help:
      "The kind of model, one trained in epochs: \(TrainerRegistry.names(with: .iterates)).",
    transform: { try TrainerRegistry.chosen($0, with: .iterates) })
  var model: any Trainer.Type = DotBiasTrainer.self

  @OptionGroup var settings: ModelSettings

  @OptionGroup var sides: PeerOptions

  @Flag(help: "Run the peer once per seed, with --seed, as peers/myfm_ratings.py needs.")
  var oneSeed = false

  @Option(parsing: .upToNextOption, help: "Seeds: one training each.")
  var seeds = [0, 1, 2]

  @Option(help: "Runs of each side, in turn.")
  var rounds = 3

  @Flag(help: "Evaluate on a fifth of the training part instead of the held-out part.")
  var tuning = false

  /// A line of output of the peer's script.
  private struct PeerLine: Decodable {
    let seconds: Double
    /// The error, under either of two names.
    private let validMse: Double?
    private let mse: Double?

    var error: Double { validMse ?? mse ?? .nan }
  }

  /// The results of one side's trainings.
  private struct Outcome {
    var seconds: [Double] = []
    var errors: [Double] = []
  }

  func validate() throws {
    guard rounds >= 1, !seeds.isEmpty,
      seeds.allSatisfy({ $0 >= 0 })
    else {
      throw ValidationError("--rounds must be at least 1, --seeds at least 0.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let table = try source.readTable(folder)
    let trainer = try recipe(highest: table.values.max() ?? 5)
    let parts = try table.split(by: .random(share: 0.2, seed: 0))
    let split = tuning ? try parts.training.split(by: .random(share: 0.2, seed: 1_000_000)) : parts
    let files = (training: folder.path("TRAIN.csv"), heldOut: folder.path("VALID.csv"))
    if sides.peer != nil {
      try split.training.write(to: files.training)
      try split.heldOut.ratings.write(to: files.heldOut)
    }
    var latent = Outcome()
    var other = Outcome()
    for round in 1...rounds {
      for seed in seeds {
        let (seconds, error) = try train(trainer, split, seed: seed)
        Progress.say("round \(round) of \(rounds), seed \(seed): \(seconds) s, error \(error)")
        latent.seconds.append(seconds)
        latent.errors.append(error)
      }
      let texts = seeds.map { String($0) }
      let options = model == EmbeddingMLPTrainer.self ? ["--nn"] : []
      let calls = oneSeed ? texts.map { ["--seed", $0] } : [options + ["--seeds"] + texts]
      let lines = try calls.flatMap {
        try sides.run([files.training, files.heldOut] + $0, as: PeerLine.self)
      }
      for line in lines {
        Progress.say("round \(round) of \(rounds), peer: \(line.seconds) s, error \(line.error)")
        other.seconds.append(line.seconds)
        other.errors.append(line.error)
      }
    }
    try write(
      latent, beside: other,
      to: Report(conditions: [
        "training": String(split.training.count), "heldOut": String(split.heldOut.count),
        "users": String(split.training.userCount), "items": String(split.training.itemCount),
        "seeds": seeds.map { String($0) }.joined(separator: " "), "threads": String(sides.threads),
        "model": model.name, "judged": tuning ? "tuning" : "held out",
        "recipe": trainer.record.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
          .joined(separator: ", "),
      ]))
  }

  /// Returns the trainer with the recipe's options, overridden by those given.
  private func recipe(highest: Float) throws -> any Trainer {
    let hasRange = model.optionDescriptions.contains { $0.name == "range" }
    let range = hasRange ? ["range": "0..\(highest + 0.5)"] : [:]
    return try model.init(reading: range.merging(settings.texts()) { $1 })
  }

  private func train(
    _ trainer: any Trainer, _ split: SplitRatings, seed: Int
  ) throws -> (seconds: Double, error: Double) {
    let data = TrainingData(training: split.training, heldOut: split.heldOut)
    let (fitted, seconds) = try timed {
      try trainer.fit(
        data,
        in: TrainingContext(
          seed: UInt64(seed), compute: ComputeContext(threadCount: sides.threads)))
    }
    return (seconds, fitted.course?.history.epochs.last?.validationLoss ?? .nan)
  }

  private func write(_ latent: Outcome, beside peer: Outcome, to report: Report) throws {
    func peers(_ values: [Double]) -> [(String, Samples)] {
      values.isEmpty ? [] : [(oneSeed ? "peer" : "fastai", Samples(values))]
    }
    let bar = source.synthetic == nil ? 1.0 / 100 : 1.0 / 150
    try report.compare(
      "collab.seconds", Samples(latent.seconds), with: peers(peer.seconds), unit: "s",
      bar: model == DotBiasTrainer.self ? .atMost(bar) : nil)
    try report.compare(
      "collab.mse", Samples(latent.errors), with: peers(peer.errors), unit: "squared error",
      as: \.mean, bar: .atMost(1.005))
  }
}
