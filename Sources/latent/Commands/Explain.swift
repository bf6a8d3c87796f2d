import ArgumentParser
import Ratings
import Recommenders

/// `latent explain`: explains the score of an item for a user.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Explain a prediction: its terms, and the user's ratings that contribute most.",
    discussion: """
      The prediction is the sum of the mean, the user's bias (some users rate higher than others), the item's bias (some \
      items are rated higher) and the taste, which is what the user's factors say about the item. Then come the user's own \
      ratings that contribute most to the taste, or to the ranking score. With weights between items the contributions are \
      the weights; with factors they come from least squares. The sum of all contributions (ratings) is the whole score of \
      weights between items. It need not equal the taste of factors, which were trained together with everybody else's. \
      The values of ratings are the store's; without a store only contributions that don't need values are shown. A \
      prediction outside the range of ratings is clipped to it, which is a term of its own, clipping. For a model with \
      --transform log1p the terms, and the contributions to the taste, are in units of log(1 + rating). An item \
      without ratings (cold) is known only by its content.
      """)

  @Option(help: ArgumentHelp("The user.", valueName: "id"))
  var user: String
  @Option(help: ArgumentHelp("The item.", valueName: "id"))
  var item: String
  @Option(help: ArgumentHelp("The number of ratings to show for each score.", valueName: "number"))
  var count = 5
  @OptionGroup var store: StoreOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0...1000).contains(count) else {
      throw ValidationError("--count must be from 0 to 1000.")
    }
  }

  func run() throws {
    let queries = try model.queries()
    let later = try LaterRatings(than: model, in: store)
    let found = try ModelOptions.explained { () throws(RecommendingError) in
      try later.answer(of: user, queries) { ratings throws(RecommendingError) in
        try queries.explain(user: user, item: item, count: count, ratings: ratings)
      } byRatings: { ratings throws(RecommendingError) in
        try queries.explain(of: ratings, for: user, item: item, count: count)
      }
    }
    try table(found).write(as: output.format)
  }

  private func table(_ found: Explanation) -> ResultTable {
    var table = ResultTable(["score", "part", "item", .title, "value"])
    if found.isCold {
      table.append([
        .text("item"), .text("cold"), .identifier(found.item), .optional(found.title), .integer(1),
      ])
    }
    func add(_ score: String, _ part: String, _ value: Float) {
      table.append([.text(score), .text(part), .missing, .missing, .score(value)])
    }
    func add(_ score: String, _ shares: ExplainedShares?) {
      guard let shares else { return }
      add(score, "ratings", shares.total)
      for share in shares.largest {
        table.append([
          .text(score), .text("rating"), .identifier(share.item), .optional(share.title),
          .score(share.amount),
        ])
      }
    }
    if let prediction = found.prediction {
      add("prediction", "all", prediction.rating)
      if let interval = prediction.interval {
        add("prediction", "low", interval.lowerBound)
        add("prediction", "high", interval.upperBound)
      }
      let isTransformed = prediction.transform != .none
      let unit = isTransformed ? prediction.transform.rawValue : "prediction"
      if isTransformed { add(unit, "all", prediction.transformed) }
      add(unit, "mean", prediction.terms.mean)
      add(unit, "user", prediction.terms.userBias)
      add(unit, "item", prediction.terms.itemBias)
      add(unit, "taste", prediction.terms.taste)
      if prediction.terms.clipping != 0 { add(unit, "clipping", prediction.terms.clipping) }
      add("taste", prediction.shares)
    }
    if let count = found.ratingCount {
      table.append([
        .text("ranking"), .text("ratings"), .missing, .missing, .integer(count),
      ])
    }
    if let ranking = found.ranking {
      add("ranking", "all", ranking.score)
      add("ranking", ranking.shares)
    }
    return table
  }
}
