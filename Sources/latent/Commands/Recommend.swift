import ArgumentParser
import Recommenders

/// `latent recommend`: what users should see next.
struct Recommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the items that a user will like best, by the model in service.",
    discussion: """
      Items that the user has rated are left out. A user whom the model does not know gets the \
      popular items, and a note on standard error says so: these are ranked by their number of \
      ratings, which are their score where the model itself predicts none. A version that predicts says \
      what it expects, too.

      With --out the lists go to a file, a row for each item of each user's, as they are found; it appears \
      when it is whole. Those of --all are by what the model knows of its users, without who was forgotten in the store; those of --user \
      go by the store's later ratings.
      """)

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The user, or several.", valueName: "id"))
  var user: [String] = []
  @Flag(help: "Every user that the model knows: with --out.")
  var all = false
  @Option(
    help: ArgumentHelp(
      "Somebody's ratings in place of --user: ids or titles, such as 'Toy Story (1995)=5,Heat=2'.",
      valueName: "item=value,..."))
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
      throw ValidationError("--ratings takes at most \(RecommenderQueries.ratingLimit) of them.")
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
    if let out { return try write(to: out, restricted) }
    let lists =
      try ratings.isEmpty ? listsOfUsers(by: restricted) : [listOfRatings(by: restricted)]
    if !ratings.isEmpty { note(lists[0], nil, restricted) }
    guard lists.count == 1 else { return try show(lists, restricted) }
    try ResultTable(
      of: lists[0].items, showingCounts: lists[0].isByPopularity, forUser: true,
      fact: ("fallback", lists[0].isFallback ? "popularity" : nil), for: output.format
    ).write(as: output.format)
  }

  private func listsOfUsers(by queries: RecommenderQueries) throws -> [RecommendedItems] {
    let later = try LaterRatings(than: model, in: store)
    return try user.map { try list(of: $0, by: queries, later) }
  }

  /// The list of a user; what it is not is said on standard error.
  private func list(
    of user: String, by queries: RecommenderQueries, _ later: LaterRatings
  ) throws -> RecommendedItems {
    let list = try later.answer(of: user, queries) { _ throws(RecommendingError) in
      try queries.recommend(for: user, selection.options)
    } byRatings: { ratings throws(RecommendingError) in
      try queries.recommend(of: ratings, for: user, selection.options)
    }
    note(list, user, queries)
    return list
  }

  private func listOfRatings(by queries: RecommenderQueries) throws -> RecommendedItems {
    try ModelOptions.explained { () throws(RecommendingError) in
      let given = try ratings.flatMap(\.ratings).map {
        (name, value) throws(RecommendingError) in
        let (item, title) = try queries.item(named: name)
        StandardError.write(
          "rated \(value): \(item)\(title.map { " \($0)" } ?? "")".withoutControls + "\n")
        return GivenRating(item: item, value: value)
      }
      try queries.check(given)
      return try queries.recommend(of: given, selection.options)
    }
  }

  private func show(_ lists: [RecommendedItems], _ queries: RecommenderQueries) throws {
    // Columns of CSV are the same whoever is asked for.
    let layout = ListTable(
      queries, mayFallBack: output.format == .csv || lists.contains(where: \.isFallback))
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
      count = try file.write(of: user, by: queries) { try list(of: $0, by: queries, later) }
    }
    if path != "-" {
      StandardError.write(
        "wrote the lists of \(count) \(count == 1 ? "user" : "users") to \(path)\n")
    }
  }

  /// Says what a list is not, to people: that of `user`, or of ratings where that is nil.
  private func note(_ found: RecommendedItems, _ user: String?, _ queries: RecommenderQueries) {
    if found.isFallback {
      // Whom the model knows was forgotten in the store, which is said.
      let isKnown = user.map { queries.model.user(reading: $0) != nil } ?? false
      let reason = "The model does not know \(user.map { "user \($0)" } ?? "these items"): "
      StandardError.write(
        (isKnown ? "These" : reason + "these") + " are the popular items, by number of ratings.\n")
    }
    if found.items.isEmpty {
      let whose = user.map { " for user \($0)" } ?? ""
      StandardError.write(
        selection.filters.isNarrowed || user == nil
          ? "No item that the model knows is left\(whose).\n"
          : "User \(user ?? "") has rated every item that the model knows.\n")
    }
  }
}
