import ArgumentParser
import Recommenders

/// Which items may stand in somebody's list, and how many: what every command for such a list takes.
struct ListSelection: ParsableArguments {
  @OptionGroup var limit: CountOptions

  @Flag(help: "List items that the user has rated too.")
  var includeRated = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Leave out these items.", valueName: "id"))
  var exclude: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("List none but these items.", valueName: "id"))
  var only: [String] = []

  /// What is asked for.
  var options: ListOptions {
    var options = ListOptions(count: limit.rankedCount)
    options.includesRated = includeRated
    options.excluded = exclude
    options.only = only.isEmpty ? nil : only
    return options
  }

  /// Whether items are left out that the user has not rated.
  var isNarrowed: Bool { !exclude.isEmpty || !only.isEmpty }
}
