import ArgumentParser
import Evaluation
import Foundation
import Interactions
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Trainers

/// `latent-bench fold-in`: how closely a user folded in from ratings agrees with a trained one, and how long folding in
/// takes.
struct FoldInAgreement: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fold-in",
    abstract: "Users folded in from their ratings, compared to users seen in training.",
    discussion: """
      A fifth of the ratings is held out by hash. Each model is trained on the rest, and ten more \
      times, each time without a tenth of the users, who are then folded in from their ratings. \
      For users with at least ten training ratings, both list ten unrated items of the whole \
      catalogue and are evaluated on the same held-out ratings. So is a training with another \
      seed, to show the effect of chance. The time is for 50 ratings and a model of 62,000 items \
      with 64 factors.
      """)

  @OptionGroup var source: RatingsArgument

  @Option(parsing: .upToNextOption, help: "The kinds of models.")
  var models = ["implicit-als", "item-item", "als", "bayes", "dot-bias"]

  @Option(help: "Threads to compute with.")
  var threads = 2

  private static let foldCount = 10
  private static let leastRatings = 10
  private static let listLength = 10

  /// The ranking quality and prediction errors of one side's users.
  private struct Outcome {
    var gains: [Double] = []
    var squares: [Double] = []

    var ndcg: Double { gains.reduce(0, +) / Double(max(1, gains.count)) }
    var rmse: Double { (squares.reduce(0, +) / Double(max(1, squares.count))).squareRoot() }
  }

  func validate() throws { try TrainerRegistry.validate(models: models) }

  func run() throws {
    let folder = try ScratchFolder()
    let ratings = try source.readTable(folder).split(by: .random(share: 0.2, seed: 0))
    let report = Report(conditions: [
      "ratings": String(ratings.training.count + ratings.heldOut.count),
      "users": String(ratings.training.userCount), "items": String(ratings.training.itemCount),
      "threads": String(threads),
    ])
    for name in models {
      guard let kind = TrainerRegistry.trainer(named: name) else { continue }
      try compare(try kind.init(reading: [:]), named: name, on: ratings, to: report)
    }
    try measure(to: report)
  }

  // MARK: - Agreement

  private func compare(
    _ trainer: any Trainer, named name: String, on ratings: SplitRatings, to report: Report
  ) throws {
    let table = ratings.training
    let (trained, reseeded) = (
      try model(trainer, name, on: table), try model(trainer, name, on: table, seed: 1)
    )
    let folds = table.userIdentifiers.hashes(seed: 7).map { Int($0 % UInt64(Self.foldCount)) }
    var (all, other, folded) = (Outcome(), Outcome(), Outcome())
    for fold in 0..<Self.foldCount {
      Progress.say("\(name): fold \(fold + 1) of \(Self.foldCount)")
      let reduced = try model(trainer, name, on: table.ofUsers { folds[$0.position] != fold })
      let users = (0..<table.userCount).filter {
        folds[$0] == fold && table.positions(of: UserIndex($0)).count >= Self.leastRatings
      }
      for user in users.map({ UserIndex($0) }) {
        let id = table.identifier(of: user)
        judge(trained, trained.user(at: trained.users.index(of: id)), user, on: ratings, &all)
        judge(reseeded, reseeded.user(at: reseeded.users.index(of: id)), user, on: ratings, &other)
        let own = table.positions(of: user).compactMap { position in
          reduced.items.index(of: table.identifier(of: ItemIndex(table.items[position])))
            .map { ItemRating(item: $0, value: table.values[position]) }
        }
        judge(reduced, try reduced.user(of: own), user, on: ratings, &folded)
      }
    }
    for (figure, side, value) in [
      ("ndcg@10", "trained", all.ndcg), ("ndcg@10", "another seed", other.ndcg),
      ("ndcg@10", "folded in", folded.ndcg),
    ] { try report.write("fold-in.\(name).\(figure)", side: side, Samples([value]), unit: "ndcg") }
    try report.writeRatio(
      "fold-in.\(name).ndcg@10", of: Samples([folded.ndcg]),
      to: ("trained", Samples([all.ndcg])), bar: .atLeast(0.98))
    guard trained.predictsRatings else { return }
    for (side, outcome) in [("trained", all), ("another seed", other), ("folded in", folded)] {
      try report.write(
        "fold-in.\(name).rmse", side: side, Samples([outcome.rmse]), unit: "stars")
    }
    try report.writeRatio(
      "fold-in.\(name).rmse", of: Samples([folded.rmse]), to: ("trained", Samples([all.rmse])))
  }

  private func model(
    _ trainer: any Trainer, _ name: String, on table: InteractionTable, seed: UInt64 = 0
  ) throws -> any ScoredModel {
    let context = TrainingContext(seed: seed, compute: ComputeContext(threadCount: threads))
    let fitted = try trainer.fit(TrainingData(training: table), in: context)
    return try fitted.opened(kind: name, on: table.split(by: .none))
  }

  /// Adds the ranking quality and prediction errors for a user, from the user's held-out ratings.
  private func judge(
    _ model: any ScoredModel, _ vector: UserVector, _ user: UserIndex, on ratings: SplitRatings,
    _ outcome: inout Outcome
  ) {
    let (table, heldOut) = (ratings.training, ratings.heldOut)
    func row(_ item: ItemID) -> ItemIndex? { model.items.index(of: item) }
    let rated = table.positions(of: user).compactMap {
      row(table.identifier(of: ItemIndex(table.items[$0])))
    }
    guard let own = heldOut.ratings.userRow(of: table.identifier(of: user)) else { return }
    let positions = heldOut.ratings.positions(of: own)
    let relevant = positions.map {
      row(heldOut.ratings.identifier(of: ItemIndex(heldOut.ratings.items[$0])))
    }
    let list = Recommender(model: model).recommend(
      for: vector, count: Self.listLength, filter: .all.excluding(rated))
    let known = Set(relevant.compactMap { $0 })
    outcome.gains.append(
      JudgedList.ndcg(
        of: list.map { known.contains($0.item) }, heldOut: positions.count, at: Self.listLength))
    for (position, item) in zip(positions, relevant) {
      let miss = Double(model.predict(for: vector, item: item) - heldOut.values[position])
      outcome.squares.append(miss * miss)
    }
  }

  // MARK: - Time

  private func measure(to report: Report) throws {
    let folder = try ScratchFolder()
    let (implicit, ridge) = (
      FoldIn.implicit(alpha: 20, regularization: 0.01, confidence: .equal),
      FoldIn.population(noise: 0.5)
    )
    for (name, foldIn, range) in [
      ("implicit", implicit, nil), ("ridge", ridge, nil),
      ("ridge through a sigmoid", ridge, OutputRange(lower: 0, upper: 5.5)),
    ] {
      var contents = SyntheticModel(userCount: 5_000, itemCount: 62_000, factorCount: 64)
        .contents()
      contents.tables.foldIn = foldIn
      contents.tables.outputRange = range
      let path = folder.path("\(name).safetensors")
      try contents.write(to: path)
      let model = try FactorModel.open(path)
      let preparing = timed { model.prepareFoldIn() }
      let ratings = (0..<1_000).map { user in
        (0..<50).map {
          ItemRating(item: ItemIndex(user + $0 * 1_200), value: Float($0 % 10) / 2 + 0.5)
        }
      }
      var microseconds: [Double] = []
      for _ in 0..<5 {
        let run = try timed { for own in ratings { _ = try model.user(of: own) } }
        microseconds.append(run.seconds * 1e6 / Double(ratings.count))
      }
      try report.write(
        "fold-in.time", side: name, Samples(microseconds), unit: "us", bar: .atMost(100))
      try report.write(
        "fold-in.prepare", side: name, Samples([preparing.seconds * 1e3]), unit: "ms")
    }
  }
}

extension InteractionTable {
  /// Returns the row of the user with that id; nil if there is none. O(log users).
  fileprivate func userRow(of id: UserID) -> UserIndex? {
    var (low, high) = (0, userCount)
    while low < high {
      let middle = (low + high) / 2
      if identifier(of: UserIndex(middle)) < id { low = middle + 1 } else { high = middle }
    }
    return low < userCount && identifier(of: UserIndex(low)) == id ? UserIndex(low) : nil
  }
}
