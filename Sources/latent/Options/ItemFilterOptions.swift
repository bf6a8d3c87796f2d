import ArgumentParser
import Errors
import Recommenders

/// The filters for a list of items, which all commands for such lists take.
struct ItemFilterOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Leave out these items.", valueName: "id"))
  var exclude: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("List only these items.", valueName: "id"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp(
      "List only the items whose ids are in this file, one per line.", valueName: "file"))
  var available: String?

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "List only items whose attributes match, such as 'genre=Comedy and year>=1990'.",
      valueName: "condition"))
  private var conditionText: String?

  func validate() throws {
    do throws(RecommendingError) { _ = try condition() } catch {
      throw ValidationError("--where: \(error.drawn)")
    }
  }

  private func condition() throws(RecommendingError) -> ItemCondition? {
    guard let conditionText else { return nil }
    // An argument may contain any bytes; the replacement character stands for those that are not UTF-8.
    guard !conditionText.contains("\u{FFFD}") else {
      throw RecommendingError(
        .badCondition, "the condition is not valid UTF-8", place: conditionText.withoutControls,
        remedy: "Write it in UTF-8.")
    }
    return try ItemCondition(conditionText)
  }

  /// The filters, except `--available`.
  var filters: ItemFilters {
    var filters = ItemFilters()
    filters.excluded = exclude
    filters.only = only.isEmpty ? nil : only
    // Validated when the options were parsed.
    filters.condition = try? condition()
    return filters
  }

  /// Notes which values of the condition no item has.
  func noteUnknownValues(_ queries: RecommenderQueries) {
    guard let condition = filters.condition else { return }
    for unknown in queries.unknownValues(of: condition) {
      let suggestion = unknown.nearest.map { " Did you mean \($0)?" } ?? ""
      StandardError.note(
        "No item has the \(unknown.attribute) '\(Excerpt.of(unknown.value))'.\(suggestion)")
    }
  }

  /// Returns `queries` restricted to the available items.
  func restricted(
    _ queries: RecommenderQueries
  ) throws(RecommendingError) -> RecommenderQueries {
    guard let available else { return queries }
    return queries.restricted(to: try AvailableItems(path: available, of: queries.model))
  }

  /// Whether any filter is given.
  var isNarrowed: Bool {
    !exclude.isEmpty || !only.isEmpty || conditionText != nil || available != nil
  }
}
