import ArgumentParser
import Recommenders

/// `latent recommend`: what a user should see next.
struct Recommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the items that a user will like best, by the model in service.",
    discussion: """
      Items that the user has rated are left out. A user whom the model does not know gets the \
      popular items, and a note on standard error says so: these are ranked by their number of \
      ratings, which are their score where the model itself predicts none. A version that predicts says \
      what it expects, too.
      """)

  @Option(help: ArgumentHelp("The user.", valueName: "id"))
  var user: String
  @OptionGroup var selection: ListSelection
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let found = try model.ask { queries throws(RecommendingError) in
      try queries.recommend(for: user, selection.options)
    }
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
    try ResultTable(
      of: found.items, showingCounts: found.isByPopularity,
      facts: found.isFallback && output.format == .json ? [("fallback", "popularity")] : []
    ).write(as: output.format)
  }
}
