import ArgumentParser
import Evaluation
import Foundation
import Interactions
import Learning
import Recommenders
import TensorCore
import Trainers

/// `latent-bench ranking`: how well a model ranks on fixed splits, and its training time, compared to a peer.
struct Ranking: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A ranking model: NDCG and recall on held-out ratings, and seconds of fit alone.",
    discussion: """
      Each seed holds out another fifth of the ratings by hash, and is also that of the training. \
      Lists cover the whole catalogue except the items in the user's training ratings, as in \
      latent train. Peer: --peer "python ../shared/peers/implicit_als.py --factors 64 \
      --regularization 10 --alpha 1", which gets the two parts as files. With --tuning, a fifth of \
      the training part is held out instead, and the held-out part is not used.
      """)

  @OptionGroup var source: RatingsArgument

  @Option(
    help: "The kind of model.",
    transform: { try TrainerRegistry.chosen($0) })
  var model: any Trainer.Type = ImplicitALSTrainer.self

  @OptionGroup var settings: ModelSettings

  @OptionGroup var sides: PeerOptions

  @Option(parsing: .upToNextOption, help: "Seeds: one split and one training each.")
  var seeds = [0, 1, 2]

  @Option(help: "Runs of each side, in turn.")
  var rounds = 3

  @Flag(help: "Evaluate on a fifth of the training part instead of the held-out part.")
  var tuning = false

  /// A line of output of the peer's script.
  private struct PeerLine: Decodable {
    let seconds: Double
    let ndcg: Double
    let recall: Double

    enum CodingKeys: String, CodingKey {
      case seconds
      case ndcg = "ndcg@10"
      case recall = "recall@20"
    }
  }

  /// The results of one side's trainings.
  private struct Outcome {
    var seconds: [Double] = []
    var ndcg: [Double] = []
    var recall: [Double] = []

    mutating func append(_ seconds: Double, _ ndcg: Double, _ recall: Double) {
      self.seconds.append(seconds)
      self.ndcg.append(ndcg)
      self.recall.append(recall)
    }
  }

  func validate() throws {
    guard rounds >= 1, !seeds.isEmpty, seeds.allSatisfy({ $0 >= 0 }) else {
      throw ValidationError("--rounds must be at least 1, --seeds at least 0.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let table = try source.readTable(folder)
    let trainer = try model.init(reading: try settings.texts())
    var (latent, other) = (Outcome(), Outcome())
    for seed in seeds {
      let ratings = try split(table, seed: UInt64(seed))
      let files = [folder.path("TRAIN.csv"), folder.path("TEST.csv")]
      if sides.peer != nil {
        try ratings.training.write(to: files[0])
        try ratings.heldOut.ratings.write(to: files[1])
      }
      for round in 1...rounds {
        let (seconds, ndcg, recall) = try train(trainer, ratings, seed: UInt64(seed))
        Progress.say(
          "seed \(seed), round \(round) of \(rounds): \(seconds) s, NDCG@10 \(ndcg), "
            + "recall@20 \(recall)")
        latent.append(seconds, ndcg, recall)
        for line in try sides.run(
          ["--threads", String(sides.threads)] + files, as: PeerLine.self)
        {
          Progress.say(
            "seed \(seed), round \(round) of \(rounds), peer: \(line.seconds) s, NDCG@10 "
              + "\(line.ndcg), recall@20 \(line.recall)")
          other.append(line.seconds, line.ndcg, line.recall)
        }
      }
    }
    try write(
      latent, beside: other,
      to: Report(conditions: [
        "ratings": String(table.count), "users": String(table.userCount),
        "items": String(table.itemCount), "seeds": seeds.map { String($0) }.joined(separator: " "),
        "threads": String(sides.threads), "model": model.name,
        "judged": tuning ? "tuning" : "held out",
        "options": trainer.record.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
          .joined(separator: ", "), "peer": sides.peer ?? "none",
      ]))
  }

  private func split(_ table: InteractionTable, seed: UInt64) throws -> SplitRatings {
    let ratings = try table.split(by: .random(share: 0.2, seed: seed))
    guard tuning else { return ratings }
    return try ratings.training.split(by: .random(share: 0.2, seed: seed + 1_000_000))
  }

  private func train(
    _ trainer: any Trainer, _ ratings: SplitRatings, seed: UInt64
  ) throws -> (seconds: Double, ndcg: Double, recall: Double) {
    let data = TrainingData(training: ratings.training)
    let (fitted, seconds) = try timed {
      try trainer.fit(
        data, in: TrainingContext(seed: seed, compute: ComputeContext(threadCount: sides.threads)))
    }
    let report = ModelReport(
      name: model.name, model: try fitted.opened(kind: model.name, on: ratings), ratings: ratings,
      metrics: [.ndcgAt10, .recallAt20], threadCount: sides.threads)
    return (seconds, report[.ndcgAt10] ?? .nan, report[.recallAt20] ?? .nan)
  }

  private func write(_ latent: Outcome, beside peer: Outcome, to report: Report) throws {
    func figure(
      _ name: String, _ own: [Double], _ others: [Double], unit: String,
      _ middle: KeyPath<Samples, Double>, bar: Report.Bar?
    ) throws {
      try report.compare(
        "ranking.\(name)", Samples(own),
        with: others.isEmpty ? [] : [("peer", Samples(others))], unit: unit, as: middle, bar: bar)
    }
    let isALS = model == ImplicitALSTrainer.self
    try figure(
      "seconds", latent.seconds, peer.seconds, unit: "s", \.median,
      bar: isALS ? .atMost(0.5) : nil)
    try figure(
      "ndcg@10", latent.ndcg, peer.ndcg, unit: "ndcg", \.mean, bar: isALS ? .atLeast(1) : nil)
    try figure("recall@20", latent.recall, peer.recall, unit: "recall", \.mean, bar: nil)
  }
}
