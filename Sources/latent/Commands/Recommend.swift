import ArgumentParser
import Ratings
import Recommenders

/// `latent recommend`: what a user should see next.
struct Recommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the items that a user will like best, by the model in service.",
    discussion: """
      Items that the user has rated are left out. A user whom the model does not know gets the \
      popular items, and a note on standard error says so: these are ranked by their number of \
      ratings, and the score beside it is what the model expects of anybody.
      """)

  @Option(help: ArgumentHelp("The user.", valueName: "id"))
  var user: String
  @OptionGroup var limit: LimitOptions
  @Flag(help: "List items that the user has rated too.")
  var includeRated = false
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let model = try model.openModelInService()
    let recommender = Recommender(model: model)
    let id: UserID = try model.readIdentifier(user)
    let items: [ScoredItem]
    var isByPopularity = model.ranking == .popularity
    if let row = model.users.index(of: id) {
      let user = model.user(at: row)
      items = recommender.recommend(
        for: user, count: limit.rankedCount, filter: includeRated ? .all : .unrated(by: user))
    } else {
      items = recommender.popular(count: limit.rankedCount)
      isByPopularity = true
      StandardError.write(
        "The model does not know user \(id): these are the popular items, by number of ratings.\n")
    }
    if items.isEmpty {
      StandardError.write("User \(id) has rated every item that the model knows.\n")
    }
    try ResultTable(of: items, in: model, showingCounts: isByPopularity, score: "score")
      .write(as: output.format)
  }
}

extension ResultTable {
  /// A ranked list of a model's items, with their titles and, `showingCounts`, how many ratings each
  /// had in training.
  init(of items: [ScoredItem], in model: any ScoredModel, showingCounts: Bool, score: String) throws
  {
    self.init(
      [Column("rank"), Column("item"), .title]
        + (showingCounts ? [Column("ratings")] : []) + [Column(score)])
    for (position, scored) in items.enumerated() {
      append(
        [
          .integer(position + 1), .identifier(model.items.identifier(at: scored.item)),
          .optional(model.title(of: scored.item)),
        ]
          + (showingCounts ? [.integer(model.ratingCount(of: scored.item))] : [])
          + [.number(try model.finite(scored.score), decimals: 3)])
    }
  }
}
