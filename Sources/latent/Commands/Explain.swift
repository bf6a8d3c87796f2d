import ArgumentParser
import Recommenders

/// `latent explain`: why an item stands where it does for a user.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Says what a prediction is made of, and which of the user's ratings speak for an item.",
    discussion: """
      The prediction is the sum of the mean, the user's bias (who gives more than others), the item's bias (what is given \
      more) and the taste, which is what the user's factors say of this item. Behind these stand the user's own \
      ratings that move the taste, or what the list is ranked by, the furthest: of weights between items the weights \
      themselves, of factors what least squares makes of each rating. The values of ratings are the \
      store's; without it there are only those shares that do not need them.
      """)

  @Option(help: ArgumentHelp("The user.", valueName: "id"))
  var user: String
  @Option(help: ArgumentHelp("The item.", valueName: "id"))
  var item: String
  @Option(help: ArgumentHelp("How many ratings are shown of each score.", valueName: "number"))
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
    let stored = StoredUser(user, in: store)?.given ?? []
    let ratings = stored.isEmpty ? nil : stored
    let found = try model.ask { queries throws(RecommendingError) in
      try queries.explain(user: user, item: item, count: count, ratings: ratings)
    }
    try table(found).write(as: output.format)
  }

  private func table(_ found: Explanation) -> ResultTable {
    var table = ResultTable(["score", "part", "item", .title, "value"])
    func add(_ score: String, _ part: String, _ value: Float) {
      table.append([.text(score), .text(part), .missing, .missing, .score(value)])
    }
    func add(_ score: String, _ shares: [ExplainedShare]?) {
      for share in shares ?? [] {
        table.append([
          .text(score), .text("rating"), .identifier(share.item), .optional(share.title),
          .score(share.amount),
        ])
      }
    }
    if let prediction = found.prediction {
      func row(_ part: String, _ value: Float) { add("prediction", part, value) }
      row("all", prediction.rating)
      if let interval = prediction.interval {
        row("low", interval.lowerBound)
        row("high", interval.upperBound)
      }
      row("mean", prediction.terms.mean)
      row("user", prediction.terms.userBias)
      row("item", prediction.terms.itemBias)
      row("taste", prediction.terms.taste)
      add("taste", prediction.shares)
    }
    if let ranking = found.ranking {
      add("ranking", "all", ranking.score)
      add("ranking", ranking.shares)
    }
    return table
  }
}
