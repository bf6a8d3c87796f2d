import ArgumentParser
import Foundation
import ModelRegistry
import Ratings
import Recommenders
import TensorCore

/// `latent-bench similar`: the time to find the items that the same users have rated.
struct SimilarLookups: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar",
    abstract: "Look-ups of items similar by co-ratings, with many users.",
    discussion: """
      Ratings concentrate on few items. The one-time preparation is timed first, then look-ups for \
      the most rated items, which read as much as any look-up may, and for random items.
      """)

  @Option(help: "Users of the model.")
  var users = 10_000_000

  @Option(help: "Items of the catalogue.")
  var items = 100_000

  @Option(help: "The approximate number of items that each user has rated.")
  var rated = 20

  private static let mostRatedCount = 20
  private static let randomCount = 300

  func validate() throws {
    guard users > 0, items >= 1000, (1...1000).contains(rated) else {
      throw ValidationError(
        "--items must be at least 1000, --users at least 1, --rated from 1 to 1000.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    Progress.say("writing a model of \(users) users")
    let path = folder.path("model.safetensors")
    let ratings = try write(to: path)
    let recommender = Recommender(model: try FactorModel.open(path))
    let report = Report(conditions: [
      "users": String(users), "items": String(items), "ratings": String(ratings),
    ])
    Progress.say("preparing")
    let preparing = timed { recommender.prepareSimilar() }
    try report.write("similar.prepare", Samples([preparing.seconds * 1e3]), unit: "ms")
    func milliseconds(_ rows: some Sequence<Int>) throws -> [Double] {
      try rows.map { row in
        try timed { try recommender.similar(to: ItemIndex(row), count: 10) }.seconds * 1e3
      }
    }
    var random = RandomStream(seed: 1, stream: 0)
    // Items with low numbers have the most ratings.
    try report.write(
      "similar.most-rated", Samples(milliseconds(0..<Self.mostRatedCount)), unit: "ms")
    try report.write(
      "similar.random",
      Samples(
        milliseconds((0..<Self.randomCount).map { _ in Int(random.next(below: UInt32(items))) })),
      unit: "ms")
  }

  /// Writes a model that knows only who has rated what, and returns the number of ratings.
  private func write(to path: String) throws -> Int {
    var random = RandomStream(seed: 1, stream: 1)
    var (offsets, ratedItems): ([UInt64], [UInt32]) = ([0], [])
    ratedItems.reserveCapacity(users * rated)
    offsets.reserveCapacity(users + 1)
    var counts = [UInt32](repeating: 0, count: items)
    var own: [UInt32] = []
    for _ in 0..<users {
      own.removeAll(keepingCapacity: true)
      for _ in 0..<rated {
        // Cubes concentrate on low numbers.
        let share = Double(random.next(below: 1 << 24)) / Double(1 << 24)
        own.append(UInt32(share * share * share * Double(items)))
      }
      own.sort()
      for (place, item) in own.enumerated() where place == 0 || own[place - 1] != item {
        ratedItems.append(item)
        counts[Int(item)] += 1
      }
      offsets.append(UInt64(ratedItems.count))
    }
    let count = ratedItems.count
    let contents = FactorModelContents(
      kind: "popularity", users: .integers(Array(0..<Int64(users))),
      items: .integers(Array(0..<Int64(items))),
      tables: FactorTables(
        factorCount: 0, userFactors: [], itemFactors: [],
        userBiases: [Float](repeating: 0, count: users),
        itemBiases: [Float](repeating: 0, count: items), globalMean: 3, ranking: .popularity),
      itemRatingCounts: counts, ratedOffsets: offsets, ratedItems: ratedItems,
      titles: [String?](repeating: nil, count: items))
    try contents.write(to: path)
    return count
  }
}
