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

  @Option(
    help: ArgumentHelp(
      "From 0 to 1: how far items that are like others of the list make way for others.",
      valueName: "share"))
  var diversity = 0.0

  @Option(
    help: ArgumentHelp(
      "From 0 to 1: how far items with many ratings make way for others.", valueName: "share"))
  var popularityDamping = 0.0

  @Option(
    help: ArgumentHelp(
      "List none but the items whose ids the file holds, one a line.", valueName: "file"))
  var available: String?

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "List items whose attributes fit, such as 'genre=Comedy and year>=1990'.",
      valueName: "condition"))
  private var conditionText: String?

  func validate() throws {
    guard (0...1).contains(diversity), (0...1).contains(popularityDamping) else {
      throw ValidationError("--diversity and --popularity-damping are from 0 to 1.")
    }
    do throws(RecommendingError) { _ = try condition() } catch {
      throw ValidationError("--where: \(error.drawn)")
    }
  }

  private func condition() throws(RecommendingError) -> ItemCondition? {
    guard let conditionText else { return nil }
    return try ItemCondition(conditionText)
  }

  /// What is asked for.
  var options: ListOptions {
    var options = ListOptions(count: limit.rankedCount)
    options.includesRated = includeRated
    options.excluded = exclude
    options.only = only.isEmpty ? nil : only
    options.reranking.diversity = diversity
    options.reranking.popularityDamping = popularityDamping
    // It was read when the options were.
    options.condition = try? condition()
    return options
  }

  /// `queries`, whose lists hold what is available.
  func restricted(
    _ queries: RecommenderQueries
  ) throws(RecommendingError) -> RecommenderQueries {
    guard let available else { return queries }
    return queries.restricted(to: try AvailableItems(path: available, of: queries.model))
  }

  /// Whether items are left out that the user has not rated.
  var isNarrowed: Bool {
    !exclude.isEmpty || !only.isEmpty || conditionText != nil || available != nil
  }
}
