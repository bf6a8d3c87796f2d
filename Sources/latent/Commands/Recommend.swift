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
      when it is whole.
      """)

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The user, or several.", valueName: "id"))
  var user: [String] = []
  @Flag(help: "Every user that the model knows: with --out.")
  var all = false
  @OptionGroup var selection: ListSelection
  @Option(
    help: ArgumentHelp(
      "Write the lists to FILE.csv or FILE.jsonl, or - for standard output (CSV, or JSON Lines with "
        + "--format json).", valueName: "file"))
  var out: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if user.isEmpty == all { return try validateOutput() }
    throw ValidationError(
      all ? "--all is every user: leave out --user." : "Missing expected argument '--user <id>'")
  }

  private func validateOutput() throws {
    guard let out else {
      guard !all else { throw ValidationError("--all needs --out FILE.csv, FILE.jsonl or -.") }
      return
    }
    _ = try RowFormat(of: out, output.format)
  }

  func run() throws {
    let queries = try model.queries()
    let restricted = try ModelOptions.explained { () throws(RecommendingError) in
      try selection.restricted(queries)
    }
    if let out { return try write(to: out, restricted) }
    let lists = try ModelOptions.explained { () throws(RecommendingError) in
      try user.map { user throws(RecommendingError) in
        try restricted.recommend(for: user, selection.options)
      }
    }
    for list in lists { note(list) }
    guard user.count == 1 else { return try show(lists, restricted) }
    try ResultTable(
      of: lists[0].items, showingCounts: lists[0].isByPopularity, forUser: true,
      fact: ("fallback", lists[0].isFallback ? "popularity" : nil), for: output.format
    ).write(as: output.format)
  }

  private func show(_ lists: [RecommendedItems], _ queries: RecommenderQueries) throws {
    let layout = ListTable(queries, mayFallBack: lists.contains(where: \.isFallback))
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
      path: path, format: try RowFormat(of: path, output.format), threadCount: threads.count)
    let count = try file.write(of: all ? nil : user, by: queries, selection.options)
    if path != "-" {
      StandardError.write(
        "wrote the lists of \(count) \(count == 1 ? "user" : "users") to \(path)\n")
    }
  }

  /// Says what a list is not, to people.
  private func note(_ found: RecommendedItems) {
    if found.isFallback {
      StandardError.write(
        "The model does not know user \(found.user): these are the popular items, by number of "
          + "ratings.\n")
    }
    if found.items.isEmpty {
      StandardError.write(
        selection.isNarrowed
          ? "No item that the model knows is left for user \(found.user).\n"
          : "User \(found.user) has rated every item that the model knows.\n")
    }
  }
}
