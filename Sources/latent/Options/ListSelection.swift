import ArgumentParser
import Recommenders

/// The filters, length and re-ranking of a user's list, which all commands for such lists take.
struct ListSelection: ParsableArguments {
  @OptionGroup var limit: CountOptions

  @Flag(help: "Also list items that the user has already rated.")
  var includeRated = false

  @OptionGroup var filters: ItemFilterOptions

  @Option(
    help: ArgumentHelp(
      "From 0 to 1: how strongly items similar to others in the list are ranked lower.",
      valueName: "share"))
  var diversity = 0.0

  @Option(
    help: ArgumentHelp(
      "From 0 to 1: how strongly items with many ratings are ranked lower.", valueName: "share"))
  var popularityDamping = 0.0

  func validate() throws {
    guard (0...1).contains(diversity), (0...1).contains(popularityDamping) else {
      throw ValidationError("--diversity and --popularity-damping must be from 0 to 1.")
    }
  }

  /// The options of the list.
  var options: ListOptions {
    var options = ListOptions(count: limit.rankedCount)
    options.includesRated = includeRated
    options.filters = filters.filters
    options.reranking.diversity = diversity
    options.reranking.popularityDamping = popularityDamping
    return options
  }
}
