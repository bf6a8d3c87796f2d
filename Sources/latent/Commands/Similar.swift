import ArgumentParser
import Recommenders

/// `latent similar`: lists similar items or users.
struct Similar: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the items most similar to an item, with the model in service.",
    discussion: """
      Items are similar if the same users have rated them more often than by chance (co-ratings). If factors rank \
      (implicit-als, svd), or users have rated most of all items, the similarity is the cosine of factors, at most 1. A \
      model knows little about an item with few ratings, and its similarities are mostly chance: items with fewer ratings \
      than --min-ratings come after all others, and items without ratings (train --cold-items) after these, by content.

      The similarity of users is the cosine of their factors if these rank, else of the items that they have rated (shared \
      items). For users who have rated since the training, or who are new, the model uses their ratings in the store.
      """)

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The item, or several.", valueName: "id"))
  var item: [String] = []
  @Option(
    help: ArgumentHelp("A user instead of an item, for the most similar users.", valueName: "id")
  )
  var user: String?
  @OptionGroup var limit: CountOptions
  @Option(
    help: ArgumentHelp(
      "List items with fewer ratings than this after all others; 0: by similarity alone.",
      valueName: "number"))
  var minRatings = Recommender.defaultMinimumRatings
  @OptionGroup var filters: ItemFilterOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard item.isEmpty != (user == nil) else {
      throw ValidationError("Give either --item or --user.")
    }
    if minRatings < 0 { throw ValidationError("--min-ratings must be 0 or above.") }
    guard user == nil || !filters.isNarrowed else {
      throw ValidationError(
        "--exclude, --only, --available and --where are for items, not for users.")
    }
  }

  func run() throws {
    if let user { return try showUsers(like: user) }
    let lists = try model.ask { queries throws(RecommendingError) in
      let queries = try filters.restricted(queries)
      filters.noteUnknownValues(queries)
      return try item.map { item throws(RecommendingError) in
        try queries.similar(
          to: item, count: limit.rankedCount, minimumRatings: minRatings, filters.filters)
      }
    }
    for list in lists where list.items.isEmpty {
      StandardError.note("No item is left that is like item \(list.item).")
    }
    let kinds = Set(lists.map(\.similarity.rawValue))
    let similarity = kinds.count == 1 ? lists[0].similarity.rawValue : "score"
    guard lists.count > 1 else {
      return try ResultTable(
        of: lists[0].items, showingCounts: true, score: similarity,
        fact: ("similarity", similarity), for: output.format
      ).write(as: output.format)
    }
    // For programs, as of one item.
    let hasCold = lists.contains { $0.items.contains { $0.isCold != nil } }
    let isForPrograms = output.format != .table
    var table = ResultTable(
      [
        "similar_to", "rank", "item", .title, "ratings",
        ResultTable.Column("score", heading: similarity),
      ] + (hasCold ? [.cold] : []) + (isForPrograms ? ["similarity"] : []))
    for list in lists {
      for (place, item) in list.items.enumerated() {
        table.append(
          [
            .identifier(list.item), .integer(place + 1), .identifier(item.id),
            .optional(item.title), .integer(item.ratingCount),
            item.score.map { .score($0) } ?? .missing,
          ] + (hasCold ? [.isCold(item)] : [])
            + (isForPrograms ? [.text(list.similarity.rawValue)] : []))
      }
    }
    try table.write(as: output.format)
  }

  private func showUsers(like user: String) throws {
    let queries = try model.queries()
    let later = try LaterRatings(than: model, in: store)
    let found = try ModelOptions.explained { () throws(RecommendingError) in
      try later.answer(of: user, queries) { _ throws(RecommendingError) in
        try queries.similarUsers(to: user, count: limit.rankedCount)
      } byRatings: { ratings throws(RecommendingError) in
        try queries.similarUsers(of: ratings, for: user, count: limit.rankedCount)
      }
    }
    let similarity = found.similarity.rawValue
    // For programs, as of items.
    let facts = output.format == .table ? [] : [("similarity", similarity)]
    var table = ResultTable(
      [
        "rank", "user", "ratings", "shared",
        ResultTable.Column(
          "score", heading: found.similarity == .sharedItems ? "score" : similarity),
      ] + facts.map { ResultTable.Column($0.0) })
    for (place, other) in found.users.enumerated() {
      table.append(
        [
          .integer(place + 1), .identifier(other.id), .integer(other.ratingCount),
          .integer(other.sharedCount), .score(other.score),
        ] + facts.map { .text($0.1) })
    }
    try table.write(as: output.format)
  }
}
