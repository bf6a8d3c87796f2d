import ArgumentParser
import Recommenders

/// `latent recommend`: recommends items to users.
struct Recommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Recommend items to users, with the model in service.",
    discussion: """
      Items that the user has rated are left out. A user whom the model does not know gets the \
      popular items, with a note on standard error: these are ranked by their number of \
      ratings (for a single user in the column ratings), and have no score. A version that predicts ratings shows \
      the predictions, too.

      With --out the lists are written to a file, a row per item and user, as they are computed; the file appears \
      when it is complete. The lists of --all use what the model knows about its users, without those who were forgotten \
      in the store; the lists of --user also use later ratings in the store.
      """)

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The user, or several.", valueName: "id"))
  var user: [String] = []
  @Flag(help: "With --out: all users that the model knows.")
  var all = false
  @Option(
    help: ArgumentHelp(
      "Ratings instead of a --user: by ids or titles, such as 'Toy Story (1995)=5,Heat=2'.",
      valueName: "item=value,..."), transform: { try TypedRatings($0) })
  var ratings: [TypedRatings] = []
  @OptionGroup var selection: ListSelection
  @Option(
    help: ArgumentHelp(
      "Write the lists to FILE.csv or FILE.jsonl, or - for standard output (CSV, or JSON Lines with "
        + "--format json).", valueName: "file"))
  var out: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard [!user.isEmpty, all, !ratings.isEmpty].count(where: \.self) == 1 else {
      throw ValidationError("Give one of --user, --all and --ratings.")
    }
    guard ratings.reduce(0, { $0 + $1.ratings.count }) <= RecommenderQueries.ratingLimit else {
      throw ValidationError("--ratings takes at most \(RecommenderQueries.ratingLimit) ratings.")
    }
    guard let out else {
      guard !all else { throw ValidationError("--all needs --out FILE.csv, FILE.jsonl or -.") }
      return
    }
    guard ratings.isEmpty else { throw ValidationError("--out is for lists of users.") }
    _ = try RowFormat(of: out, output.format)
  }

  func run() throws {
    let queries = try model.queries()
    let restricted = try ModelOptions.explained { () throws(RecommendingError) in
      try selection.filters.restricted(queries)
    }
    selection.filters.noteUnknownValues(queries)
    if let out { return try write(to: out, restricted) }
    let lists =
      try ratings.isEmpty ? listsOfUsers(by: restricted) : [listOfRatings(by: restricted)]
    guard lists.count == 1 else { return try show(lists, restricted) }
    try ResultTable(
      of: lists[0].items, showingCounts: lists[0].isByPopularity, forUser: true,
      fact: ("fallback", lists[0].isFallback ? "popularity" : nil), for: output.format
    ).write(as: output.format)
  }

  private func listsOfUsers(by queries: RecommenderQueries) throws -> [RecommendedItems] {
    let later = try LaterRatings(than: model, in: store)
    defer { later.notes.finish() }
    return try user.map { try list(of: $0, by: queries, later) }
  }

  /// Returns the list of a user; limitations are noted on standard error.
  private func list(
    of user: String, by queries: RecommenderQueries, _ later: LaterRatings
  ) throws -> RecommendedItems {
    let list = try ModelOptions.explained { () throws(RecommendingError) in
      try later.answer(of: user, queries) { _ throws(RecommendingError) in
        try queries.recommend(for: user, selection.options)
      } byRatings: { ratings throws(RecommendingError) in
        try queries.recommend(of: ratings, for: user, selection.options)
      }
    }
    if list.isFallback {
      // A user whom the model knows was forgotten in the store, and another note says so.
      let isKnown = queries.model.user(reading: user) != nil
      let reason = isKnown ? "These" : "The model does not know user \(user): these"
      later.notes.note(.popular, "\(reason) are the popular items, by number of ratings.")
    }
    if list.items.isEmpty {
      later.notes.note(
        .nothingLeft,
        selection.filters.isNarrowed
          ? "No item that the model knows is left for user \(user)."
          : "User \(user) has rated every item that the model knows.")
    }
    return list
  }

  /// Returns the list for the given ratings; what it is based on is noted on standard error.
  private func listOfRatings(by queries: RecommenderQueries) throws -> RecommendedItems {
    let typed = ratings.flatMap(\.ratings)
    let list = try ModelOptions.explained { () throws(RecommendingError) in
      let items = try queries.items(named: typed.map(\.name))
      let given = zip(items, typed).map { GivenRating(item: $0.id, value: $1.value) }
      try queries.check(given)
      let list = try queries.recommend(of: given, selection.options)
      for (item, rating) in zip(items, typed) {
        let title = item.title.map { " \($0)" } ?? ""
        let namesake = item.namesake.map {
          ", by its id; the title is that of \($0.id) \($0.title)"
        }
        StandardError.note("rated \(rating.value): \(item.id)\(title)\(namesake ?? "")")
      }
      return list
    }
    if list.isFallback {
      StandardError.note(
        "The model does not know these items: these are the popular items, by number of ratings.")
    } else if queries.model.ratedValues == .ignored, !queries.ranksByPopularity {
      StandardError.note(
        "The list uses which items were rated, not the values: \(queries.model.kind) does not distinguish likes from dislikes."
      )
    }
    if list.items.isEmpty { StandardError.note("No item that the model knows is left.") }
    return list
  }

  private func show(_ lists: [RecommendedItems], _ queries: RecommenderQueries) throws {
    // Programs get the same columns for every user.
    let layout = ListTable(
      queries, mayFallBack: output.format != .table || lists.contains(where: \.isFallback))
    var table = ResultTable(layout.columns)
    for list in lists {
      for (place, item) in list.items.enumerated() {
        table.append(layout.row(item, rank: place + 1, of: list))
      }
    }
    try table.write(as: output.format)
  }

  private func write(to path: String, _ queries: RecommenderQueries) throws {
    let file = ListFile(
      path: path, format: try RowFormat(of: path, output.format), threadCount: threads.count,
      listLength: selection.options.count)
    let count: Int
    if all {
      let people = StoredPeople(in: store)
      count = try file.write(ofAllBut: people?.forgotten, by: queries, selection.options)
      if let people, count < queries.userCount {
        StandardError.write(
          "left out \(queries.userCount - count) who were forgotten in \(people.name)\n")
      }
    } else {
      let later = try LaterRatings(than: model, in: store)
      defer { later.notes.finish() }
      count = try file.write(of: user, by: queries) { try list(of: $0, by: queries, later) }
    }
    if path != "-" {
      StandardError.write(
        "wrote the lists of \(count) \(count == 1 ? "user" : "users") to \(path)\n")
    }
  }
}
