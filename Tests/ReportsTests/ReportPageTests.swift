import Evaluation
import Interactions
import ModelRegistry
import Ratings
import Recommenders
import Reports
import TestEnvironment
import Testing

/// Tests a page about random models of random ratings: it is well-formed, whatever the data.
@Suite struct ReportPageTests {
  private static let hostile = #"<script>alert("1")</script> & 'two'"#

  private static func ratings(
    users: Int64, items: Int64, count: Int, share: Double = 0.3
  ) throws -> SplitRatings {
    var random = SplitMix64(seed: 8)
    var batch = RatingBatch(userType: .integer, itemType: .integer)
    for row in 0..<count {
      batch.append(
        Rating(
          user: UserID(Int64.random(in: 0..<users, using: &random)),
          item: ItemID(Int64.random(in: 0..<items, using: &random)),
          value: Float.random(in: 1...5, using: &random),
          time: Timestamp(microseconds: Int64(row))))
    }
    var builder = InteractionTableBuilder(keepingTimes: true)
    try builder.append(batch)
    return try builder.finish().split(by: .random(share: share, seed: 2))
  }

  private static func model(
    of ratings: SplitRatings, factorCount: Int = 3, ranking: Ranking = .score, seed: UInt64
  ) throws -> FactorModel {
    var random = SplitMix64(seed: seed)
    let training = ratings.training
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    }
    let contents = FactorModelContents(
      kind: "random", users: training.userIdentifiers, items: training.itemIdentifiers,
      tables: FactorTables(
        factorCount: factorCount, userFactors: numbers(training.userCount * factorCount),
        itemFactors: numbers(training.itemCount * factorCount),
        userBiases: numbers(training.userCount), itemBiases: numbers(training.itemCount),
        globalMean: 3, ranking: ranking),
      itemRatingCounts: training.itemRatingCounts(),
      ratedOffsets: Array(repeating: 0, count: training.userCount + 1), ratedItems: [],
      titles: Array(repeating: nil, count: training.itemCount))
    return try FactorModel(SafetensorsFile(MappedFile(copying: contents.encoded(), named: "m")))
  }

  private static func page(
    _ ratings: SplitRatings, factorCount: Int = 3, ranking: Ranking = .score,
    losses: [String: [EpochLosses]] = [:]
  ) throws -> String {
    let subjects = try [UInt64(1), 2].map { seed in
      let model = try model(of: ratings, factorCount: factorCount, ranking: ranking, seed: seed)
      return ReportData.Subject(
        ModelAnswers(
          name: "model \(seed) \(hostile)", model: model, ratings: ratings,
          metrics: Metric.detailed, threadCount: 1), model: model)
    }
    var items: [ItemID: Item] = [:]
    for row in 0..<ratings.training.itemCount {
      let id = ratings.training.identifier(of: ItemIndex(row))
      items[id] = Item(id: id, title: row % 2 == 0 ? hostile : "\u{7}Ünï \(row)")
    }
    return ReportPage(
      ReportData(
        title: hostile, facts: [("fact", hostile)], ratings: ratings, items: items,
        subject: subjects[0], others: [subjects[1]], slices: ratings.slices(), losses: losses,
        threadCount: 1)
    ).html
  }

  /// Returns the tags that are not closed, or closed without having been opened.
  private static func unbalancedTags(of page: String) -> [String] {
    var open: [String] = []
    var wrong: [String] = []
    for tag in page.matches(of: #/<(/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>/#) {
      let name = String(tag.2)
      if ["meta"].contains(name) || tag.3.hasSuffix("/") { continue }
      if tag.1.isEmpty {
        open.append(name)
      } else if open.last == name {
        open.removeLast()
      } else {
        wrong.append(name)
      }
    }
    return wrong + open
  }

  private static func expectWhole(_ page: String, _ what: String) {
    #expect(unbalancedTags(of: page).isEmpty, "\(what)")
    for text in ["<script", "https:", "http:", "url(", "src=", "\u{7}", "nan", "inf\""] {
      #expect(!page.contains(text), "\(what): \(text)")
    }
  }

  @Test func theWholeOfIt() throws {
    let losses = (1...5).map {
      EpochLosses(epoch: $0, training: 1 / Double($0), validation: $0 == 3 ? .nan : 1)
    }
    let page = try Self.page(
      Self.ratings(users: 40, items: 80, count: 900), losses: ["random": losses])
    Self.expectWhole(page, "all")
    #expect(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;two&#39;"))
    for heading in [
      "Figures", "Slices", "Training", "Calibration", "The long tail", "A map of items",
      "Lists of five users",
    ] {
      #expect(page.contains("<h2>\(heading)</h2>"), "\(heading)")
    }
    #expect(page.matches(of: #/<h3>User /#).count == 5)
  }

  /// Parts with nothing to show are left out.
  @Test func whatThereIsNothingToSayOfIsLeftOut() throws {
    let page = try Self.page(
      Self.ratings(users: 40, items: 80, count: 900), factorCount: 0, ranking: .preference)
    Self.expectWhole(page, "ranks alone")
    for heading in ["Training", "Calibration", "A map of items"] {
      #expect(!page.contains("<h2>\(heading)</h2>"), "\(heading)")
    }
    #expect(!page.contains("<td>rmse"))
  }

  @Test(arguments: [(1, 1, 1), (1, 30, 20), (30, 1, 20), (2, 2, 4), (3, 3, 9)])
  func ofTinyData(users: Int64, items: Int64, count: Int) throws {
    for share in [0.3, 0.6] {
      let ratings = try Self.ratings(users: users, items: items, count: count, share: share)
      guard ratings.training.count > 0 else { continue }
      Self.expectWhole(try Self.page(ratings), "\(users) users, \(items) items, \(share)")
    }
  }
}
