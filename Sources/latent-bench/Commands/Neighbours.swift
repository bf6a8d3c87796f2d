import ArgumentParser
import Evaluation
import Foundation
import Interactions
import ModelRegistry
import Ratings
import Recommenders
import TensorCore
import Trainers

/// `latent-bench neighbours`: whether items and users that a model finds similar occur together in ratings it has not
/// seen.
struct Neighbours: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A model's similar items and users, evaluated on held-out ratings.",
    discussion: """
      A fifth of the ratings is held out by hash. For each item with at least 20 training ratings, \
      ten similar ones are listed. The figures are how often users have both among their held-out \
      ratings, relative to the ten items that co-occur most often (share), and relative to the \
      number expected if items were independent (lift). For each user, 20 similar users are \
      listed, and the ten items that most of them have rated are evaluated as a list for the user \
      (NDCG).
      """)

  @OptionGroup var source: RatingsArgument

  @Option(parsing: .upToNextOption, help: "The kinds of models.")
  var models = ["item-item", "implicit-als", "bayes", "als", "dot-bias"]

  @Option(help: "Threads to compute with.")
  var threads = 2

  private static let leastRatings = 20
  private static let itemNeighbours = 10
  private static let userNeighbours = 20

  func validate() throws { try TrainerRegistry.validate(models: models) }

  func run() throws {
    let ratings = try source.readTable(ScratchFolder()).split(by: .random(share: 0.2, seed: 0))
    let training = ratings.training
    let report = Report(conditions: [
      "ratings": String(training.count + ratings.heldOut.count),
      "users": String(training.userCount), "items": String(training.itemCount),
    ])
    // The held-out items of each user in the training part, from which joint occurrences are counted.
    var heldOut = [[Int]](repeating: [], count: training.userCount)
    for (user, item) in zip(ratings.heldOut.users, ratings.heldOut.items)
    where user != HeldOutRatings.unknown && item != HeldOutRatings.unknown {
      heldOut[Int(user)].append(Int(item))
    }
    for name in models {
      Progress.say("training \(name)")
      guard let kind = TrainerRegistry.trainer(named: name) else { continue }
      let context = TrainingContext(compute: ComputeContext(threadCount: threads))
      let fitted = try kind.init(reading: [:]).fit(TrainingData(training: training), in: context)
      let model = try fitted.opened(kind: name, on: training.split(by: .none))
      let recommender = Recommender(model: model)
      let (share, lift) = try judgeItems(by: recommender, heldOut, training)
      try report.write("neighbours.items.share", side: name, Samples([share]), unit: "share")
      try report.write("neighbours.items.lift", side: name, Samples([lift]), unit: "times")
      try report.write(
        "neighbours.users.ndcg@10", side: name,
        Samples([judgeUsers(by: recommender, heldOut, training)]), unit: "ndcg")
    }
  }

  /// The model's rows are those of the training part.
  private func judgeItems(
    by recommender: Recommender, _ heldOut: [[Int]], _ training: InteractionTable
  ) throws -> (share: Double, lift: Double) {
    let counts = training.itemRatingCounts()
    let frequent = counts.indices.filter { counts[$0] >= Self.leastRatings }
    var holders = [[Int]](repeating: [], count: training.itemCount)
    for (user, items) in heldOut.enumerated() { for item in items { holders[item].append(user) } }
    var (found, most, expected) = (0.0, 0.0, 0.0)
    for item in frequent {
      var together = [Int](repeating: 0, count: training.itemCount)
      for user in holders[item] {
        for other in heldOut[user] where other != item { together[other] += 1 }
      }
      most += Double(
        frequent.map { together[$0] }.sorted(by: >).prefix(Self.itemNeighbours).reduce(0, +))
      let list = try recommender.similar(
        to: ItemIndex(item), count: Self.itemNeighbours, minimumRatings: Self.leastRatings)
      for other in list where counts[other.item.position] >= Self.leastRatings {
        found += Double(together[other.item.position])
        expected +=
          Double(holders[item].count * holders[other.item.position].count)
          / Double(training.userCount)
      }
    }
    return (found / most, found / expected)
  }

  private func judgeUsers(
    by recommender: Recommender, _ heldOut: [[Int]], _ training: InteractionTable
  ) -> Double {
    let counts = training.itemRatingCounts()
    var (sum, judged) = (0.0, 0)
    for user in (0..<training.userCount) where !heldOut[user].isEmpty {
      // Popularity breaks ties between items with as many votes.
      var votes = counts.map { Double($0) / Double(training.userCount + 1) }
      for other in recommender.similarUsers(to: UserIndex(user), count: Self.userNeighbours) {
        for position in training.positions(of: other.user) {
          votes[Int(training.items[position])] += 1
        }
      }
      for position in training.positions(of: UserIndex(user)) {
        votes[Int(training.items[position])] = -1
      }
      let own = Set(heldOut[user])
      let best = votes.indices.sorted { (votes[$0], $1) > (votes[$1], $0) }.prefix(10)
      sum += JudgedList.ndcg(of: best.map(own.contains), heldOut: own.count, at: 10)
      judged += 1
    }
    return sum / Double(max(1, judged))
  }
}
