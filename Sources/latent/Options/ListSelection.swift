import ArgumentParser
import Recommenders

/// Which items may stand in somebody's list, and how many: what every command for such a list takes.
struct ListSelection: ParsableArguments {
  @OptionGroup var limit: CountOptions

  @Flag(help: "List items that the user has rated too.")
  var includeRated = false

  @OptionGroup var filters: ItemFilterOptions

  @Option(
    help: ArgumentHelp(
      "From 0 to 1: how far items that are like others of the list make way for others.",
      valueName: "share"))
  var diversity = 0.0

  @Option(
    help: ArgumentHelp(
      "From 0 to 1: how far items with many ratings make way for others.", valueName: "share"))
  var popularityDamping = 0.0

  func validate() throws {
    guard (0...1).contains(diversity), (0...1).contains(popularityDamping) else {
      throw ValidationError("--diversity and --popularity-damping are from 0 to 1.")
    }
  }

  /// What is asked for.
  var options: ListOptions {
    var options = ListOptions(count: limit.rankedCount)
    options.includesRated = includeRated
    options.filters = filters.filters
    options.reranking.diversity = diversity
    options.reranking.popularityDamping = popularityDamping
    return options
  }
}
